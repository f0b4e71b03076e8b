/* A slash command of another chat: the answer is shown to the one who asked. */
class Script {
  process_incoming_request({ request }) {
    const { command, text, user_name } = request.body;
    if (command !== '/tell') {
      return { error: 'unknown command ' + command };
    }
    if (!text) {
      return { content: { text: user_name + ' has nothing to tell' }, response: 'Usage: /tell <text>' };
    }
    const quiet = /^\(quiet\)\s*/;
    const ephemeral = quiet.test(text);
    return {
      content: { text: ephemeral ? text.replace(quiet, '') : `${user_name}: ${text}`, attachments: null, channel: '' },
      response: { response_type: ephemeral ? 'ephemeral' : 'in_channel', text: 'told', ok: ephemeral ? false : undefined }
    };
  }
}
