const axios = require('axios');

class Script {
  async process_incoming_request({ request }) {
    const { data } = await axios.get(request.content.url);
    return { content: { text: data } };
  }
}
