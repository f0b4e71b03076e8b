/* Everything stands in the URL; the body is empty. */
class Script {
  process_incoming_request({ request }) {
    const { query } = request.url;
    if (request.content !== undefined && request.content_raw !== '') {
      return { error: 'a body was not expected' };
    }
    const isUp = query.alertType === '2';
    const down = isUp && query.alertDuration ? ` after ${Math.round(query.alertDuration / 60)} min` : '';
    const { pathname } = request.url;
    return {
      content: {
        username: 'UptimeRobot',
        emoji: isUp ? ':up:' : ':sos:',
        text: `[${query.monitorFriendlyName}](${query.monitorURL}) is ${isUp ? 'up' : 'down'}${down}: ${query.alertDetails}`,
        customFields: { hook: pathname.split('/')[1], integration: request.url_params.integrationId.length > 0 }
      }
    };
  }
}
