class Script {
  process_incoming_request({ request }) {
    if (typeof HTTP === 'undefined' && request.content.polite) {
      return { content: { text: 'without a look at the release notes' } };
    }
    console.error('asking', request.content.url);
    const answer = HTTP('GET', request.content.url);
    return { content: { text: answer.result.content } };
  }
}
