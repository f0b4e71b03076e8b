import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations, { MemoryStore } from '../../../lib/index.ts'
import { incomingRecord, patient } from '../../support/integrations.ts'
import { members, workspace } from '../../support/workspace.ts'

test('sorting by a field without an index is limited, and says so', async (t) => {
  const store = new MemoryStore()
  for (let i = 0; i < 10_000; i++) store.insert(incomingRecord({ _id: `id${i}` }), {}, patient)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), store })
  const { integrations } = app
  const sort = '{"username":1}'
  t.match(await integrations.list(members.admin, { sort, count: 5 }), { count: 5, total: 10_000 })
  store.insert(incomingRecord({ _id: 'one too many' }), {}, patient)
  await t.rejects(integrations.list(members.admin, { sort }), {
    code: 'error-invalid-sort',
    message: /^Sorting by username is limited to 10000 integrations, and there are 10001\./,
    details: { field: 'sort', limit: 10_000 }
  })
  t.match(await integrations.list(members.admin, { sort: '{"name":1}' }), { count: 50, total: 10_001 }, 'with an index there is no limit')
})
