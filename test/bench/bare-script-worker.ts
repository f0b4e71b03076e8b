import { parentPort, workerData } from 'node:worker_threads'
import { QuickJS } from 'quickjs-wasi'

// quickjs-wasi alone in a worker: a fresh engine for each run, JSON in and out. The other side is scripts.ts.
parentPort?.on('message', async ({ script, argument }: { readonly script: string, readonly argument: string }) => {
  const vm = await QuickJS.create({ wasm: workerData, memoryLimit: 16 * 1024 * 1024, interruptHandler: () => false })
  vm.evalCode(script)
  const text = vm.newString(argument)
  const run = vm.evalCode('(argument) => JSON.stringify(new Script().process_incoming_request(JSON.parse(argument)))')
  parentPort?.postMessage(vm.callFunction(run, vm.undefined, text).toString())
  vm.dispose()
})
