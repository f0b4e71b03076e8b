import type { IncomingIntegration } from '../../schemas/index.ts'
import { incomingRecord } from './integrations.ts'
import { members } from './workspace.ts'

/** An incoming webhook of the administrator that posts into #general as rocket.cat of the shared workspace. */
export function hookRecord (changes: Partial<IncomingIntegration> = {}): IncomingIntegration {
  const { admin: { _id, username }, bot } = members
  return incomingRecord({ userId: bot._id, username: bot.username, _createdBy: { _id, username }, ...changes })
}

/**
 * A port whose calls are noted: `directory.findUser("rocket.cat")`, without the
 * last argument of each call, which is the same for all.
 */
export function watched<P extends object> (name: string, port: P, calls: string[]): P {
  return new Proxy(port, {
    get (target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...input: unknown[]): unknown => {
        calls.push(`${name}.${String(key)}(${input.slice(0, -1).map((argument) => JSON.stringify(argument)).join(', ')})`)
        return Reflect.apply(value, target, input)
      }
    }
  })
}
