export { ScriptSandbox } from './sandbox/sandbox.ts'
export type { ScriptSandboxOptions } from './sandbox/options.ts'
