import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { grantFor, grantsOf } from '../../../lib/model/access.ts'
import type { Calls } from '../../../lib/guard/calls.ts'
import type { HasPermission, Permission } from '../../../lib/index.ts'
import { callsOf } from '../../support/calls.ts'
import { members } from '../../support/workspace.ts'

const full = 'manage-incoming-integrations'
const own = 'manage-own-incoming-integrations'
const { owner } = members

function callsWith (hasPermission: HasPermission): Calls {
  return callsOf({ hasPermission })
}

test('a host that answers later is asked for both permissions, and for both directions, at once', async (t) => {
  const asked: Permission[] = []
  let answer = (): void => {}
  const open = new Promise<void>((resolve) => { answer = resolve })
  const calls = callsWith(async (_, permission) => {
    asked.push(permission)
    await open
    return permission.startsWith('manage-own')
  })
  const one = grantFor(calls, owner, 'webhook-incoming')
  t.strictSame(asked.splice(0), [full, own])
  const both = grantsOf(calls, owner)
  t.strictSame(asked, [full, own, 'manage-outgoing-integrations', 'manage-own-outgoing-integrations'])
  answer()
  t.equal(await one, 'own')
  t.strictSame([...await both], [['webhook-incoming', 'own'], ['webhook-outgoing', 'own']])
})

test('a host that answers at once is asked for the second only when the first is missing', async (t) => {
  for (const [held, expected, questions] of [
    [[full], 'full', [full]], [[own], 'own', [full, own]], [[full, own], 'full', [full]], [[], null, [full, own]]
  ] as Array<[Permission[], string | null, Permission[]]>) {
    const asked: Permission[] = []
    const calls = callsWith((_, permission) => { asked.push(permission); return held.includes(permission) })
    t.equal(await grantFor(calls, owner, 'webhook-incoming'), expected)
    t.strictSame(asked, questions)
  }
})

test('of several failures the first in order is reported, and none is left unhandled', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))

  /** Fails for each permission after so many milliseconds; at once when that is 0, and for ever true when it is none. */
  const failing = (after: Partial<Record<Permission, number>>): Calls => callsWith((_, permission) => {
    const milliseconds = after[permission]
    if (milliseconds === 0) throw new Error(permission)
    return (async () => {
      await sleep(milliseconds ?? 1)
      if (milliseconds === undefined) return true
      throw new Error(permission)
    })()
  })
  const causeOf = (error: unknown): unknown => error instanceof Error ? error.cause instanceof Error ? causeOf(error.cause) : error.message : error
  for (const [after, expected] of [
    [{ [full]: 20, [own]: 1 }, full],
    [{ [full]: 20, [own]: 0 }, full],
    [{ [full]: 0, [own]: 1 }, full],
    [{ [full]: 5, 'manage-outgoing-integrations': 1 }, full],
    [{ 'manage-outgoing-integrations': 1, 'manage-own-outgoing-integrations': 20 }, 'manage-outgoing-integrations']
  ] as const) {
    const reason: unknown = await grantsOf(failing(after), owner).then(() => null, (error: unknown) => error)
    t.match(reason, { code: 'error-service-unavailable' })
    t.equal(causeOf(reason), expected)
  }
  t.equal(await grantFor(failing({ [own]: 1 }), owner, 'webhook-incoming'), 'full', 'the second answer does not matter')
  await sleep(50)
  t.strictSame(unhandled, [])
})
