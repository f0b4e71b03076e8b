class Script {
  process_incoming_request({ request }) {
    var raw = s.trim(s.stripTags(request.content));
    var program = s.strLeft(raw, ':');
    var rest = s.trim(s.strRight(raw, ':'));
    var host = s.strRightBack(program, '@');
    var bytes = /(\d+) bytes/.exec(rest);
    if (bytes) {
      rest = rest.replace(bytes[0], s.numberFormat(bytes[1]) + ' bytes');
    }
    var level = s.trim(s.strLeft(rest, ' '), '<>');
    return {
      content: {
        alias: s.capitalize(host),
        text: '`' + s.pad(level, 7, '.') + '` ' + s.truncate(s.ltrim(s.strRight(rest, ' ')), 40)
      }
    };
  }
}
