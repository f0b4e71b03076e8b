const help = [
  '`!ticket <text>` opens a ticket',
  '`!help` shows this'
].join('\n');

class Script {
  prepare_outgoing_request({ request }) {
    const { text, user_name, message_id } = request.data;
    const command = text.split(/\s+/)[0];

    if (command === '!help') {
      return { message: { text: help, attachments: [{ color: '#0000DD', text: 'Ask ada for more.' }], tmid: message_id } };
    }
    if (command === '!ticket') {
      return {
        message: { text: `@${user_name}: your ticket is being written` },
        url: 'https://receiver.example/tickets',
        method: 'POST',
        data: { title: text.replace(command, '').trim(), reporter: user_name, tags: [] }
      };
    }
    if (command === '!url') return { url: 'https://receiver.example/tickets' };
    if (command === '!empty') return { headers: request.headers };
  }

  process_outgoing_response({ response: { content, status_code } }) {
    return { content: { text: status_code < 300 ? `Ticket ${content.id}: ${content.link}` : 'The tickets are away.' } };
  }
}
