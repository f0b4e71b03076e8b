class Script {
  process_incoming_request({ request }) {
    if (!Array.isArray(request.content)) {
      return { error: { success: false, message: 'a list was expected', got: typeof request.content } };
    }
    const relevant = request.content.filter(({ event }) => /^check\.(up|down)$/.test(event));
    const lines = relevant.map(({ event, check, downtime }) => {
      const name = check.alias || check.url;
      return event === 'check.down' ? `:red_circle: ${name}: ${downtime.error}` : `:green_circle: ${name} was away for ${downtime.duration} s`;
    });
    return lines.length > 0 && { content: { text: lines.join('\n'), parseUrls: false } };
  }
}
