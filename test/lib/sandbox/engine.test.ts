import { readFile } from 'node:fs/promises'
import { test } from 'tap'
import { compileEngine, engineFile, withMostMemory } from '../../../lib/sandbox/engine.ts'

test('the engine gets a largest memory and compiles', async (t) => {
  const file = engineFile()
  const bytes = await readFile(file)
  for (const pages of [100, 127, 128, 4096, 65_536]) {
    const bounded = withMostMemory(bytes, pages)
    t.throws(() => withMostMemory(bounded, pages), /not of the expected form/, 'it has one now')
    t.ok(bounded.length > bytes.length)
  }
  const engine = await compileEngine(file, 16 * 1024 * 1024)
  t.equal(Object.prototype.toString.call(engine), '[object WebAssembly.Module]')
})

test('what is no engine is refused', (t) => {
  t.throws(() => withMostMemory(new Uint8Array(8), 100), /use quickjs-wasi \^3/)
  t.throws(() => withMostMemory(new Uint8Array(0), 100), /use quickjs-wasi \^3/)
  t.throws(() => withMostMemory(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 2, 0, 1), 100), /use quickjs-wasi \^3/, 'two memories')
  t.end()
})
