const levels = { fatal: '#b00020', error: '#e03e2f', warning: '#f9a66d', info: '#2788ce' };

class Script {
  _when(seconds) {
    return new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  }

  process_incoming_request({ request }) {
    const { project_name, level, culprit, url, event } = request.content;
    if (!event) return;
    const where = event.location || culprit || 'unknown';
    const fields = (event.tags || []).slice(0, 3).map(([title, value]) => ({ title, value, short: true }));
    fields.push({ title: 'Seen', value: this._when(event.received), short: false });
    return {
      content: {
        attachments: [{
          title: event.title,
          title_link: url,
          color: levels[level] || '#aaa',
          text: '`' + where + '`',
          author_name: project_name,
          ts: new Date(event.received * 1000),
          fields
        }]
      }
    };
  }
}

if (typeof module !== 'undefined') {
  module.exports = Script;
  exports.levels = levels;
}
