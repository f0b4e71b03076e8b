class Script {
  process_incoming_request({ request }) {
    const { name, build } = request.content;
    if (build.phase !== 'FINALIZED') {
      console.info('%s is in phase', name, build.phase);
      return;
    }
    const key = 'jenkins/' + name;
    const before = Store.get(key) || { status: 'SUCCESS', failures: 0 };
    const failures = build.status === 'SUCCESS' ? 0 : before.failures + 1;
    const now = Store.set(key, { status: build.status, failures });
    if (now.status === 'SUCCESS' && before.status === 'SUCCESS') return;

    let text;
    if (now.status === 'SUCCESS') {
      text = `is back to normal after ${before.failures} failed build${before.failures === 1 ? '' : 's'}`;
    } else {
      text = failures > 1 ? `still fails (${failures} times in a row)` : 'fails';
    }
    return {
      content: {
        username: 'Jenkins',
        icon_emoji: now.status === 'SUCCESS' ? ':sunny:' : ':zap:',
        text: `[${name} #${build.number}](${build.full_url}) ${text}`
      }
    };
  }
}
