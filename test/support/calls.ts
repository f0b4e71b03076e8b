import { Calls } from '../../lib/guard/calls.ts'
import type { Ports } from '../../lib/guard/ports.ts'
import { MemoryStore } from '../../lib/index.ts'
import { noSandbox } from '../../lib/model/script/no-sandbox.ts'
import { MemoryHistory } from '../../lib/stores/memory/history.ts'
import { workspace } from './workspace.ts'

/** How long calls may take whose time does not matter: longer than a busy machine needs. */
export const ample = { milliseconds: 5000, option: 'adapterTimeout' }

/** Calls of the shared workspace, with some of its ports replaced. */
export function callsOf (ports: Partial<Ports> = {}, milliseconds: number = ample.milliseconds): Calls {
  return new Calls(
    { ...workspace(), store: new MemoryStore(), messenger: null, history: new MemoryHistory(), sandbox: noSandbox, syntax: { check: () => undefined }, ...ports },
    { ...ample, milliseconds })
}
