/* GitLab, written years ago: nothing is declared. */
var BOT = 'GitLab';
showDetails = true;

class Script {
  process_incoming_request ({ request }) {
    event = request.headers['x-gitlab-event'];
    data = request.content;
    try {
      if (event === 'Push Hook') return this.push();
      if (event === 'Merge Request Hook') return this.merge();
      if (event === 'Note Hook') return this.note();
      if (event === 'Pipeline Hook') return this.pipeline();
    } catch (e) {
      console.log('gitlab event error', e);
      return { error: { success: false, message: e.message } };
    }
    return false;
  }

  push () {
    list = '';
    for (i = 0; i < data.commits.length; i++) {
      commit = data.commits[i];
      list += '- ' + commit.id.slice(0, 8) + ': ' + commit.message.replace(/\s+$/, '') + '\n';
    }
    count = 0;
    for (key in data.commits) { count++; }
    return {
      content: {
        username: BOT,
        icon_url: data.user_avatar,
        text: data.user_name + ' pushed ' + count + ' commit(s) to ' + data.project.name + '/' + data.ref.split('/').slice(2).join('/'),
        attachments: showDetails ? [{ text: list, color: '#6498CC' }] : []
      }
    };
  }

  merge () {
    mr = data.object_attributes;
    for (label of data.labels) mr.title += ' [' + label.title + ']';
    return {
      content: {
        username: BOT,
        icon_url: data.user.avatar_url,
        text: data.user.name + ' ' + mr.state + ' !' + mr.iid,
        attachments: [{ title: mr.title, title_link: mr.url, color: mr.state === 'merged' ? 'good' : 'warning' }]
      }
    };
  }

  note () {
    // Somebody tidied up in the meantime.
    ({ user: { name: author }, object_attributes: { note, url, ...others } } = data);
    [group, ...rest] = data.project.path_with_namespace.split('/');
    facts = [];
    for ([title, value] of Object.entries(others)) facts.push({ title, value, short: true });
    return { content: { text: author + ' wrote in ' + rest.join('/') + ' of ' + group + ': [' + note + '](' + url + ')', attachments: [{ color: '#aaa', fields: facts }] } };
  }

  pipeline () {
    // One letter is missing: the name is read and nowhere assigned.
    return { content: { text: pipelin.status } };
  }
}
