const BOARD = 'https://receiver.example/board/v1';

class Script {
  prepare_outgoing_request({ request }) {
    const match = request.data.text.match(/^!card\s+#?(\d+)\s+(todo|doing|done)$/i);
    if (!match) {
      return {
        message: {
          text: 'Usage: `!card <number> todo|doing|done`'
        }
      };
    }
    return {
      url: BOARD + '/cards/' + match[1],
      method: 'PUT',
      headers: {
        'X-Api-Key': 'board-key',
        'Content-Type': 'application/vnd.board+json',
        Accept: 'application/json',
        // Copied from somewhere. None of these is a script's to say.
        Host: 'board.example',
        'Content-Length': 3,
        Connection: 'close'
      },
      data: { column: match[2].toLowerCase(), by: request.data.user_name }
    };
  }

  process_outgoing_response({ request, response }) {
    switch (response.status_code) {
      case 200:
        return {
          content: {
            text: 'Card *' + response.content.title + '* is in ' + request.data.column,
            parseUrls: false
          }
        };
      case 404:
        return { content: { text: 'There is no such card.' } };
      case 409:
        return { content: { attachments: [{ color: 'warning', title: 'The column is full', text: response.content.cards.join(', ') }] } };
      default:
        return { content: { text: 'The board answers ' + response.status_code + ': ' + response.content_raw } };
    }
  }
}
