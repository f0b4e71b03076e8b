class Script {
  process_incoming_request({ request }) {
    const update = request.content;
    if (!update.message) return {};
    const { from, text, sticker, caption, photo } = update.message;
    // Changes the request and hands all of it back.
    request.content.username = [from.first_name, from.last_name].filter(Boolean).join(' ') || from.username;
    request.content.text = text || caption || (sticker && sticker.emoji) || '(something)';
    if (photo) request.content.attachments = [{ title: photo[photo.length - 1].file_id, text: photo.length + ' sizes' }];
    request.content.emoji = ':telegram:';
    return request;
  }
}
