/* The excuse of the day stands in a page, not in JSON. */
const strip = html => html.replace(/<[^>]*>/g, '').replace(/&amp;/g, '&').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).trim();

class Script {
  prepare_outgoing_request({ request }) {
    return { url: 'https://receiver.example/excuse', method: 'GET', headers: {} };
  }

  process_outgoing_response({ request, response }) {
    if (!/^text\/html/.test(response.headers['content-type'])) return;
    const found = response.content_raw.match(/<p class="excuse">([\s\S]*?)<\/p>/);
    if (!found) return { content: null };
    const author = /<cite>(.*?)<\/cite>/.exec(response.content);
    return { content: { text: '> ' + strip(found[1]).split(/\s*\n\s*/).join('\n> '), username: author ? strip(author[1]) : undefined } };
  }
}
