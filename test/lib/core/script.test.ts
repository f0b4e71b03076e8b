import { test } from 'tap'
import { checkSyntax } from '../../../lib/core/script.ts'

test('valid scripts', (t) => {
  for (const source of ['', '1', 'class Script { prepare_outgoing_request({ request }) { return request } }', 'import("fs")', 'let a = 1n ?? a?.b']) {
    t.equal(checkSyntax(source), undefined, source)
  }
  t.end()
})

test('what is wrong is named, without a stack and never longer than 500 characters', (t) => {
  for (const source of ['class {', 'return 1', 'let a; let a', 'import x from "y"', `/(${'('.repeat(60_000)}/`]) {
    const error = checkSyntax(source)
    t.equal(error?.name, 'SyntaxError')
    t.ok(error !== undefined && error.message.length > 0 && error.message.length <= 500)
    t.strictSame(Object.keys(error ?? {}), ['name', 'message'])
  }
  t.end()
})

test('a nesting that no parser follows is an error of the script, not of the server', (t) => {
  for (const source of ['('.repeat(65_536), '['.repeat(65_536), '(a=>'.repeat(16_000), 'function f(){'.repeat(5000), '`${'.repeat(20_000)]) {
    t.match(checkSyntax(source), { name: /^(?:RangeError|SyntaxError)$/, message: String })
  }
  t.end()
})
