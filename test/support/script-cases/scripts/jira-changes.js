// Jira. One of the oldest in the house.
const JIRA_URL = 'https://jira.example';
const SHOWN = ['status', 'assignee', 'priority'];

String.prototype.capitalizeFirst = function () { return this.charAt(0).toUpperCase() + this.slice(1); }

function stripMarks(text) {
  text = text || '';
  return text.replace(/\{code(:\w+)?\}/g, '```').replace(/\[~([\w.]+)\]/g, '@$1').replace(/h([1-6])\.\s+(.*)/g, function (_, level, rest) {
    return Array(+level + 1).join('#') + ' ' + rest;
  });
}

class Script {
  process_incoming_request({ request }) {
    const data = request.content;
    try {
      if (!data.issue || !data.webhookEvent) {
        return true;
      }
      const issue = data.issue;
      const attachment = {
        author_name: data.user ? data.user.displayName : 'Jira',
        title: `${issue.key}: ${issue.fields.summary}`,
        title_link: `${JIRA_URL}/browse/${issue.key}`
      };
      let verb;
      if (data.webhookEvent === 'jira:issue_created') {
        verb = 'created';
        attachment.text = stripMarks(issue.fields.description);
        attachment.color = '#205081';
      } else if (data.webhookEvent === 'jira:issue_deleted') {
        verb = 'deleted';
        attachment.color = 'danger';
      } else if (data.changelog && data.changelog.items) {
        verb = 'changed';
        const fields = [];
        for (let i = 0; i < data.changelog.items.length; i++) {
          const item = data.changelog.items[i];
          if (SHOWN.indexOf(item.field) === -1) continue;
          // Not a method: Jira's field has this name.
          fields.push({ title: item.field.capitalizeFirst(), value: item.fromString + ' → ' + (item.toString || 'nobody'), short: true });
        }
        if (!fields.length) {
          return true;
        }
        attachment.fields = fields;
      }
      if (data.comment && data.comment.body) {
        verb = verb || 'commented';
        attachment.text = '> ' + stripMarks(data.comment.body).split('\n').join('\n> ');
      }
      return {
        content: {
          username: 'Jira',
          icon_url: JIRA_URL + '/icon.png',
          text: `*${issue.key}* ${verb}`,
          attachments: [attachment]
        }
      };
    } catch (e) {
      return { error: { success: false, message: e.message || e } };
    }
  }
}
