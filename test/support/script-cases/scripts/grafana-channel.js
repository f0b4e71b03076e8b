const icons = { alerting: '🔥', ok: '✅', no_data: '❔' }

const sleepless = async (values, f) => {
  const results = []
  for (const value of values) results.push(await f(value))
  return results
}

class Script {
  async process_incoming_request ({ request }) {
    const { state, title, ruleUrl, imageUrl, message, evalMatches } = request.content
    const { channel, mute } = request.url.query
    if (mute && [].concat(mute).includes(state)) return undefined
    const fields = await sleepless(evalMatches ?? [], async ({ metric, value, tags }) => {
      const of = Object.entries(tags ?? {}).map(([k, v]) => `${k}=${v}`).join(' ')
      return { title: of ? `${metric} {${of}}` : metric, value: Number(value.toPrecision(4)), short: true }
    })
    const content = {
      text: `${icons[state] ?? '❔'} ${title}`,
      attachments: [{ text: message, title: 'Rule', title_link: ruleUrl, image_url: imageUrl, fields }]
    }
    if (channel) content.channel = channel
    return { content }
  }
}
