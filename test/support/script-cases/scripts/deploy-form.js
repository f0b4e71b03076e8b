// Starts a job. The server wants a form and answers in plain text.
function form (fields) {
  return Object.keys(fields).map(function (name) { return encodeURIComponent(name) + '=' + encodeURIComponent(fields[name]) }).join('&')
}

var Script = function () {}

Script.prototype.prepare_outgoing_request = function (given) {
  var words = given.request.data.text.split(' ')
  target = words[1], branch = words[2] || 'main'
  if (!target) return undefined
  return {
    method: 'POST',
    url: given.request.url.replace('/hook', '/job/deploy/build'),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    data: form({ target: target, branch: branch, cause: given.request.data.user_name + ' & chat' })
  }
}

Script.prototype.process_outgoing_response = function ({ request, response }) {
  if (response.status_code === 201) {
    return { content: { text: 'The job waits: ' + response.headers.location } }
  }
  var reason = /<title>(.*?)<\/title>/.exec(response.content)
  return { content: { text: 'No deployment of ' + request.data.split('&')[0].split('=')[1] + ': ' + (reason ? reason[1] : response.status_code) } }
}
