class Script {
  process_outgoing_response({ request, response }) {
    if (response.error) return { content: { text: 'error' } };
    if (response.headers['x-quiet'] === 'yes') return false;
    if (response.content_raw.trim() === 'ok') {
      return { content: { text: `${request.data.user_name}, done.`, emoji: ':ok:' } };
    }
    // Nothing: the usual reading.
  }
}
