// The media type sends plain lines: "Key: value". No JSON.
var severities = { Information: '#7499FF', Warning: '#FFC859', Average: '#FFA059', High: '#E97659', Disaster: '#E45959' };

function Script() {}

Script.prototype.process_incoming_request = function ({ request }) {
  var text = request.content, seen = {}, match;
  var line = /^(?<key>[A-Z][\w ]*):[ \t]*(?<value>.+?)(?<![ \t])[ \t]*$/gm;
  while ((match = line.exec(text)) !== null) {
    seen[match.groups.key] = match.groups.value;
  }
  if (!seen.Trigger) {
    console.warn('no trigger in', text.length, 'characters', Object.keys(seen));
    return '';
  }
  var isOk = /^OK$/i.test(seen.Status);
  return {
    content: {
      text: (isOk ? ':white_check_mark:' : ':warning:') + ' ' + seen.Trigger,
      attachments: {
        color: isOk ? 'good' : severities[seen.Severity],
        fields: { Host: seen.Host, Severity: seen.Severity, 'Last value': seen['Item value'] }
      }
    }
  };
};
