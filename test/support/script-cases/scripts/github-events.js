/* Tells the room what happens in a repository. */
var colors = {};
colors['opened'] = '#2cbe4e';
colors['reopened'] = '#2cbe4e';
colors['closed'] = '#cb2431';
colors['merged'] = '#6f42c1';

String.prototype.firstLine = function () {
  return this.split('\n')[0];
};

const link = (label, url) => '[' + label + '](' + url + ')';

const githubEvents = {
  ping(content) {
    return { text: 'Hook ' + content.hook_id + ' is set up. ' + content.zen };
  },

  push(content) {
    if (content.deleted) {
      return null;
    }
    const branch = content.ref.replace('refs/heads/', '');
    const lines = [];
    content.commits.forEach(function (commit) {
      lines.push(link(commit.id.substring(0, 7), commit.url) + ' ' + commit.message.firstLine() + ' (' + commit.author.name + ')');
    });
    const many = content.commits.length === 1 ? 'a commit' : content.commits.length + ' commits';
    return {
      text: link(content.repository.full_name, content.repository.html_url) + ': ' + content.sender.login + ' pushed ' + link(many, content.compare) + ' to `' + branch + '`',
      attachments: [{ color: '#24292e', text: lines.join('\n') }]
    };
  },

  issues(content) {
    const issue = content.issue;
    if (!colors[content.action]) {
      return false;
    }
    return {
      text: content.sender.login + ' ' + content.action + ' an issue',
      attachments: [{
        color: colors[content.action],
        author_name: '#' + issue.number + ' ' + issue.title,
        author_link: issue.html_url,
        text: issue.body,
        fields: issue.labels.map(label => ({ title: 'Label', value: label.name, short: true }))
      }]
    };
  },

  pull_request(content) {
    const pull = content.pull_request;
    const action = content.action === 'closed' && pull.merged ? 'merged' : content.action;
    return {
      text: content.sender.login + ' ' + action + ' a pull request',
      attachments: [{
        color: colors[action],
        title: pull.title.trim(),
        title_link: pull.html_url,
        text: `\`${pull.head.ref}\` → \`${pull.base.ref}\``,
        ts: pull.updated_at
      }]
    };
  }
};

class Script {
  process_incoming_request({ request }) {
    const header = request.headers['x-github-event'];
    let result;
    switch (header) {
      case 'push':
      case 'ping':
      case 'issues':
      case 'pull_request':
        result = githubEvents[header](request.content);
        break;
      default:
        return {
          error: {
            success: false,
            message: 'Unsupported event ' + header
          }
        };
    }
    if (!result) {
      return;
    }
    result.username = 'GitHub';
    if (request.content.sender) {
      result.icon_url = request.content.sender.avatar_url;
    }
    return { content: result };
  }
}
