/* Checks the signature of the sender with a function of its own. */
const SECRET = 'lin_wh_secret'

const constants = []
const initial = []

const isPrime = (n) => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}

const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0

for (let n = 2; constants.length < 64; n++) {
  if (!isPrime(n)) continue
  if (initial.length < 8) initial.push(fraction(Math.sqrt(n)))
  constants.push(fraction(Math.cbrt(n)))
}

function sha256 (bytes) {
  const length = bytes.length
  const padded = new Uint8Array(((length + 8 >> 6) + 1) * 64)
  padded.set(bytes)
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, length * 8)
  const state = [...initial]
  const w = new Int32Array(64)
  const turn = (x, n) => (x >>> n) | (x << (32 - n))
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) {
        w[i] = view.getInt32(at + i * 4)
      } else {
        const a = w[i - 15]
        const b = w[i - 2]
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))
      }
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0 })
  }
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((value, i) => digest.setInt32(i * 4, value))
  return new Uint8Array(digest.buffer)
}

function utf8 (text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (character) => character.charCodeAt(0))
}

function hmac (key, text) {
  const block = new Uint8Array(64)
  block.set(utf8(key))
  const inner = sha256(new Uint8Array([...block.map((byte) => byte ^ 0x36), ...utf8(text)]))
  const outer = sha256(new Uint8Array([...block.map((byte) => byte ^ 0x5c), ...inner]))
  return [...outer].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

class Script {
  process_incoming_request ({ request }) {
    if (request.headers['linear-signature'] !== hmac(SECRET, request.content_raw)) {
      return { error: 'the signature is wrong' }
    }
    const { action, type, data, url } = request.content
    return { content: { alias: 'Linear', text: `${type} [${data.title}](${url}): ${action}` } }
  }
}
