import { type IntegrationStore, MemoryStore } from '../../lib/index.ts'

export { found } from '../../lib/testing/store/read.ts'

/** A store with some of its methods replaced. */
export function storeWith (methods: Partial<IntegrationStore>, store: IntegrationStore = new MemoryStore()): IntegrationStore {
  return {
    insert: (integration, conditions, call) => store.insert(integration, conditions, call),
    claim: (claim, call) => store.claim(claim, call),
    settle: (claim, answer, call) => store.settle(claim, answer, call),
    release: (claim, call) => store.release(claim, call),
    find: (id, call) => store.find(id, call),
    findByTargetUrl: (url, scope, call) => store.findByTargetUrl(url, scope, call),
    list: (query, call) => store.list(query, call),
    replace: (previous, next, call) => store.replace(previous, next, call),
    remove: (previous, call) => store.remove(previous, call),
    ...methods
  }
}
