function Script() {
  this.texts = { create: 'created', change: 'changed', 'delete': 'deleted' };
}

Script.prototype = {
  constructor: Script,

  describe: function (data) {
    var what = data.type == 'userstory' ? 'user story' : data.type;
    var parts = [data.by.full_name, this.texts[data.action], what];
    if (data.data.permalink) {
      parts.push('[' + data.data.subject + '](' + data.data.permalink + ')');
    } else {
      parts.push(data.data.subject);
    }
    return parts.join(' ');
  },

  changes: function (diff) {
    var fields = [], name;
    for (name in diff) {
      if (!diff.hasOwnProperty(name)) continue;
      fields.push({ title: name, value: diff[name].from + ' => ' + diff[name].to, short: false });
    }
    return fields;
  }
};

Script.prototype.process_incoming_request = function (context) {
  var data = context.request.content, self = this, result = { text: self.describe(data) };
  if (data.action == 'test') {
    return null;
  }
  if (data.change) {
    result.attachments = [{ color: '#83eede', text: data.change.comment, fields: self.changes(data.change.diff) }];
  }
  return { content: result };
};
