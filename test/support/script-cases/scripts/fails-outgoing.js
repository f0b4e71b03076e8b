class Script {
  prepare_outgoing_request({ request }) {
    const { text } = request.data;
    if (text === 'fetch') return fetch('https://receiver.example').then(() => request);
    if (text === 'wait') return new Promise(() => {});
    if (text === 'before') throw new Error('before the request');
    return request;
  }

  process_outgoing_response({ response }) {
    return { content: { text: response.content.choices[0].text } };
  }
}
