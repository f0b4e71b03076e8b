import type { TextHelpers } from './text-helpers.ts'

/**
 * The only function that reaches out of the engine. It takes texts, and
 * answers a text or nothing.
 *
 * | question | texts | answer |
 * |---|---|---|
 * | `log` | level, line | `full` when further lines are dropped |
 * | `get` | key | the value in `Store`, as JSON |
 * | `set`, `remove` | key, value as JSON | why the value cannot be kept |
 * | `no-class`, `no-method` | | |
 * | `result` | the result as JSON | |
 * | `too-large`, `no-data` | | |
 * | `thrown` | name, message, stack | |
 */
export type HostCall = (question: string, ...texts: string[]) => string | undefined

/** The functions by which the sandbox drives a script in the engine. */
export interface Kit {
  /** Defines the names of a JSON array as undefined, where there is nothing of the name. */
  readonly define: (names: string) => void
  /** Reads the argument. */
  readonly take: (argument: string) => void
  /** Tells whether a value is a class or a function that can be constructed. */
  readonly check: (Script: unknown) => void
  /** Runs a method of a new instance, and tells its result. Fails only when the engine does. */
  readonly run: (Script: unknown, method: string) => Promise<void>
  /** Tells an error of the script. */
  readonly tell: (error: unknown) => void
}

/**
 * Prepares a fresh engine. The engine runs the text of this function: the
 * function uses nothing from outside. Everything that it needs later is taken
 * before the script runs, because a script may change what it finds.
 *
 * @param longest the largest size of a result, and of a line of `console`, in characters.
 */
export function setUp (host: HostCall, s: TextHelpers, longest: { readonly result: number, readonly line: number }): Kit {
  const { parse, stringify } = JSON
  const { apply, construct, defineProperty, has, get } = Reflect
  const { slice } = String.prototype
  const { hasOwn } = Object
  const [TextOf, Failure, TypeFailure] = [String, Error, TypeError]
  const scope = globalThis
  const later = queueMicrotask

  const isObject = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function'

  const addTo = (target: object, name: string, value: unknown, enumerable: boolean): void => {
    defineProperty(target, name, { value, writable: true, configurable: true, enumerable })
  }

  const cut = (text: string, length: number): string => apply(slice, text, [0, length])

  /** A property of a thrown value, which a script may have made in any way. */
  const textAt = (value: object, name: string): string => {
    try {
      const found: unknown = get(value, name)
      return typeof found === 'string' ? cut(found, 10_000) : ''
    } catch {
      return ''
    }
  }

  const shown = (value: unknown): string => {
    if (typeof value === 'string') return value
    if (!isObject(value)) return TextOf(value)
    try {
      if (value instanceof Failure) return `${textAt(value, 'name')}: ${textAt(value, 'message')}`
      const json: unknown = stringify(value)
      if (typeof json === 'string') return json
    } catch {
      // No JSON data, or too large.
    }
    return typeof value === 'function' ? '[function]' : '[object]'
  }

  let isFull = false
  const log = (level: string, values: unknown[]): void => {
    if (isFull) return
    let line = ''
    for (let at = 0; at < values.length && line.length <= longest.line; at++) {
      line += (at === 0 ? '' : ' ') + cut(shown(values[at]), longest.line + 1)
    }
    isFull = host('log', level, cut(line, longest.line + 1)) === 'full'
  }

  const tell = (error: unknown): void => {
    if (!isObject(error)) host('thrown', 'Error', cut(shown(error), 10_000), '')
    else host('thrown', textAt(error, 'name'), textAt(error, 'message') || cut(shown(error), 10_000), textAt(error, 'stack'))
  }

  /** Gives a parsed body the text that it was made of: scripts of others expect the text. */
  const addRaw = (holder: unknown): void => {
    if (!isObject(holder)) return
    const [content, raw] = [get(holder, 'content'), get(holder, 'content_raw')]
    if (isObject(content) && typeof raw === 'string' && !hasOwn(content, 'toString')) addTo(content, 'toString', () => raw, false)
  }

  const toConsole = (level: string) => (...values: unknown[]): void => { log(level, values) }
  addTo(scope, 'console', {
    log: toConsole('log'),
    info: toConsole('info'),
    warn: toConsole('warn'),
    error: toConsole('error'),
    debug: toConsole('debug')
  }, false)
  addTo(scope, 'Store', {
    get: (key: unknown): unknown => {
      const json = host('get', TextOf(key))
      return json === undefined ? undefined : parse(json)
    },
    set: (key: unknown, value: unknown): unknown => {
      const json: unknown = value === undefined ? undefined : stringify(value)
      if (value !== undefined && typeof json !== 'string') throw new TypeFailure('Store.set: the value is no JSON data')
      const refusal = typeof json === 'string' ? host('set', TextOf(key), json) : host('remove', TextOf(key))
      if (refusal !== undefined) throw new TypeFailure(refusal)
      return value
    }
  }, false)
  // The error of a microtask would end the engine's work without a word of what it was.
  addTo(scope, 'queueMicrotask', (callback: unknown): void => {
    if (typeof callback !== 'function') throw new TypeFailure('queueMicrotask: the argument is no function')
    later(() => {
      try {
        apply(callback, undefined, [])
      } catch (error) {
        tell(error)
      }
    })
  }, false)
  addTo(scope, 's', s, false)
  addTo(scope, 'global', scope, false)
  const module = { exports: {} }
  addTo(scope, 'module', module, false)
  addTo(scope, 'exports', module.exports, false)

  let argument: unknown

  return {
    define: (names) => {
      const list: string[] = parse(names)
      for (let at = 0; at < list.length; at++) {
        const name = list[at]
        if (name !== undefined && !has(scope, name)) addTo(scope, name, undefined, true)
      }
    },
    take: (json) => {
      argument = parse(json)
      if (!isObject(argument)) return
      addRaw(get(argument, 'request'))
      addRaw(get(argument, 'response'))
    },
    check: (Script) => {
      try {
        if (typeof Script !== 'function') host('no-class')
        // Finds out whether the function can be constructed, without calling it.
        else construct(class {}, [], Script)
      } catch {
        host('no-class')
      }
    },
    run: async (Script, method) => {
      let result: unknown
      try {
        if (typeof Script !== 'function') return
        const instance: object = construct(Script, [])
        const run: unknown = get(instance, method)
        if (typeof run !== 'function') {
          host('no-method')
          return
        }
        result = await apply(run, instance, [argument])
      } catch (error) {
        tell(error)
        return
      }
      if (result === undefined) return
      try {
        const json: unknown = stringify(result)
        if (typeof json !== 'string') host('no-data')
        else if (json.length > longest.result) host('too-large')
        else host('result', json)
      } catch (error) {
        host('no-data')
        tell(error)
      }
    },
    tell
  }
}
