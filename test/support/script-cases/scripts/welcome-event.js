class Script {
  prepare_outgoing_request({ request }) {
    const { user, room, user_name, channel_name } = request.data;
    if (user.type === 'bot') return;
    return {
      message: {
        text: `Welcome to #${channel_name}, ${user.name || user_name}!`,
        attachments: [{ title: 'Rules', title_link: 'https://chat.example/rules', actions: [{ type: 'button', text: 'Agreed', msg: 'I agree' }] }]
      },
      url: request.url,
      method: 'PATCH',
      data: { room: room._id, joined: user._id }
    };
  }
}
