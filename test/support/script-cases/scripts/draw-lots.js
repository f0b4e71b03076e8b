class Script {
  prepare_outgoing_request({ request }) {
    const names = request.data.text.match(/@[\w.-]+/g) || [];
    if (names.length < 2) return { message: { text: 'Name at least two.' } };
    return {
      url: 'https://receiver.example/integers',
      method: 'post',
      data: { max: names.length },
      // For the second part.
      lots: names,
      asked: { by: request.data.user_name, in: request.data.channel_name }
    };
  }

  process_outgoing_response({ request, response }) {
    console.log(request.method, request.url, request.data, request.headers['content-type']);
    const { lots, asked } = request;
    const winner = lots[response.content.number - 1];
    return { content: { text: `${winner} of ${lots.length} (asked by ${asked.by} in #${asked.in})` } };
  }
}
