/* Hands messages on to another chat and never shows its answers. */
class Script {
  prepare_outgoing_request({ request }) {
    if (request.data.bot) {
      return {};
    }
    if (/^\s*\/\//.test(request.data.text)) {
      return null;
    }
    request.headers['X-Bridge'] = 'chat';
    request.headers['X-Number'] = 7;
    request.data.text = `<${request.data.user_name}> ${request.data.text}`;
    delete request.data.token;
    return request;
  }

  process_outgoing_response({ response }) {
    if (response.status_code >= 400) console.warn('bridge', response.status_code, response.content);
    return false;
  }
}
