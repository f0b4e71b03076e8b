import { readFile } from 'node:fs/promises'

/** The part of `WebAssembly` that is used here: the types of Node.js do not have it. */
declare const WebAssembly: { compile (bytes: Uint8Array): Promise<object> }

/** Bytes of a page of WebAssembly's memory. */
const page = 65_536

/** Bytes of memory that the engine takes beside the script's own: its stack and its tables. */
const ownMemory = 4 * 1024 * 1024

/**
 * Where the engine is.
 *
 * @throws Error when the package is not installed.
 */
export function engineFile (): URL {
  try {
    return new URL(import.meta.resolve('quickjs-wasi/quickjs.wasm'))
  } catch (cause) {
    throw new Error("ScriptSandbox needs the package 'quickjs-wasi': npm install quickjs-wasi", { cause })
  }
}

/**
 * Compiles the engine for all workers.
 *
 * @param memory bytes that a script may take. The engine counts them itself; its
 *   memory cannot grow far beyond them, should it count wrongly.
 */
export async function compileEngine (file: URL, memory: number): Promise<object> {
  return await WebAssembly.compile(withMostMemory(await readFile(file), Math.ceil((memory + ownMemory) / page)))
}

/** The section of a WebAssembly module that says how large its memory is. */
const memorySection = 5

/**
 * A WebAssembly module whose memory has a largest size.
 *
 * @param pages the largest size.
 * @throws Error when the module has no memory of its own, or has a largest size already.
 */
export function withMostMemory (module: Uint8Array, pages: number): Uint8Array {
  // Magic number and version take eight bytes; each section begins with its kind and its size.
  for (let at = 8; at < module.length;) {
    const [size, start] = readNumber(module, at + 1)
    if (module[at] === memorySection) {
      const [count, flagsAt] = readNumber(module, start)
      const [flags, leastAt] = readNumber(module, flagsAt)
      const [, end] = readNumber(module, leastAt)
      if (count !== 1 || flags !== 0 || end !== start + size) break
      const content = [1, 1, ...module.subarray(leastAt, end), ...numberBytes(pages)]
      return Buffer.concat([module.subarray(0, at), Uint8Array.of(memorySection, ...numberBytes(content.length), ...content), module.subarray(end)])
    }
    at = start + size
  }
  throw new Error('the engine of quickjs-wasi is not of the expected form: use quickjs-wasi ^3.6.2')
}

/** A number of WebAssembly: seven bits a byte, the last byte without the highest bit. */
function readNumber (bytes: Uint8Array, start: number): readonly [value: number, end: number] {
  let [value, at, byte] = [0, start, 0x80]
  for (let shift = 1; byte >= 0x80; shift *= 128) {
    byte = bytes[at++] ?? 0
    value += (byte & 0x7f) * shift
  }
  return [value, at]
}

function numberBytes (value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...numberBytes(Math.floor(value / 128))]
}
