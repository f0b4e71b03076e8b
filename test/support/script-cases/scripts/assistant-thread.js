class Script {
  prepare_outgoing_request({ request }) {
    const { text, user_id, message_id, tmid } = request.data;
    const history = Store.get(`thread:${tmid ?? message_id}`) ?? [];
    const messages = [...history, { role: 'user', content: text.replace(/^@assistant\s*/, '') }];
    Store.set(`thread:${tmid ?? message_id}`, messages);
    return {
      url: 'https://receiver.example/v1/chat/completions',
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sk-test' },
      data: { model: 'small', user: user_id, messages, stream: false },
      thread: tmid ?? message_id
    };
  }

  async process_outgoing_response({ request, response }) {
    try {
      const answer = JSON.parse(response.content);
      const { message } = answer.choices[0];
      const key = `thread:${request.thread}`;
      Store.set(key, [...Store.get(key), message]);
      return { content: { text: message.content, tmid: request.thread } };
    } catch (error) {
      console.error('no answer:', error.name, response.status_code);
      return { content: { text: 'I have no answer.', tmid: request.thread } };
    }
  }
}
