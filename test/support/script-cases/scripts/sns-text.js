class Script {
  process_incoming_request({ request }) {
    // SNS says that its JSON is plain text.
    let notification = JSON.parse(request.content_raw)
    let again = JSON.parse(request.content)
    if (notification.MessageId !== again.MessageId) throw new Error('both are the same text')

    if (notification.Type === 'SubscriptionConfirmation') {
      console.log('confirm the subscription:', notification.SubscribeURL)
      return
    }

    let alarm
    try {
      alarm = JSON.parse(notification.Message)
    } catch (error) {
      return { content: { text: `*${notification.Subject}*\n${notification.Message}` } }
    }
    let { NewStateValue: state, AlarmName: name, Trigger: { Namespace, MetricName, Threshold } } = alarm
    return {
      content: {
        text: `${name}: ${state}`,
        attachments: [{
          color: { ALARM: 'danger', OK: 'good' }[state] || 'warning',
          author_name: alarm.Region,
          fields: [{ title: `${Namespace}/${MetricName}`, value: Threshold, short: true }],
          ts: alarm.StateChangeTime
        }]
      }
    }
  }
}
