/* Travis sends a form with one field. */
class Script {
  process_incoming_request({ request }) {
    const form = JSON.parse(request.body.payload);
    const sent = request.content;
    if (!form.repository) {
      return { error: 'Build ' + sent.number + ' has no repository' };
    }
    if (sent.type == 'cron' && sent.status_message == 'Passed') return false;
    const seconds = sent.duration % 60, minutes = Math.floor(sent.duration / 60);
    const matrix = sent.matrix.map(function (job) { return job.number + ': ' + job.status_message; });
    return {
      content: {
        text: 'Build [#' + sent.number + '](' + sent.build_url + ') of ' + sent.repository.owner_name + '/' + sent.repository.name + '@' + sent.branch + ': ' + sent.status_message,
        attachments: [
          {
            color: sent.status === 0 ? 'good' : 'danger',
            text: sent.message.bold(),
            fields: [
              { title: 'Time', value: minutes + ' min ' + seconds + ' s', short: true },
              { title: 'Jobs', value: matrix, short: true }
            ]
          }
        ]
      }
    }
  }
}
