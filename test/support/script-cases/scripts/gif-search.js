/* exported Script */

class Script {
  prepare_outgoing_request({ request }) {
    const trigger = request.data.trigger_word.toLowerCase() + ' ';
    phrase = request.data.text.toLowerCase().replace(trigger, '');
    const u = 'https://receiver.example/v1/gifs/search?api_key=public&rating=g&q=' + encodeURIComponent(phrase);
    return {
      url: u,
      headers: request.headers,
      method: 'GET'
    };
  }

  process_outgoing_response({ request, response }) {
    const gifs = response.content.data || [];
    if (gifs.length === 0) {
      return { content: { text: 'nothing found for ' + request.url.split('q=')[1] } };
    }
    // The best rated one: no dice here.
    gif = gifs.reduce((best, one) => one.rating > best.rating ? one : best);
    return {
      content: {
        attachments: [
          {
            image_url: gif.images.original.url,
            title: gif.title
          }
        ],
        parseUrls: false
      }
    };
  }
}
