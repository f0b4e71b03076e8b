import assert from 'node:assert/strict'
import type { IntegrationStore } from '../../../lib/index.ts'
import type { HistoryEntry, Integration, IntegrationType } from '../../../schemas/index.ts'
import { entryOf } from '../../support/history.ts'
import { incomingRecord, outgoingRecord, patient } from '../../support/integrations.ts'
import type { Member } from '../../support/workspace.ts'
import { callers, maySee, overseer } from './callers.ts'
import { documented, type Endpoint, entriesOf, integrationOf, integrationsOf } from './documented.ts'
import { assertNormalForm } from './normal-form.ts'
import type { HostileServer } from './server.ts'

/** Stands in a request for an identifier that is known only when it is sent. */
export const theIntegration = 'THE-INTEGRATION'

/** Stands in a request for the type of that integration. */
export const theType = 'THE-TYPE'

/** One request of a story. */
export interface Step {
  readonly caller: Member
  readonly endpoint: Endpoint
  /** Which of the integrations that there are is meant, counted round and round. */
  readonly which: number
  /** A body, or a query, with {@link theIntegration} and {@link theType} in it. */
  readonly content: string
}

/** A text that only some may see. */
interface Secret {
  readonly text: string
  readonly type: IntegrationType
  readonly creatorId: string
}

/** Integrations that are there when a story begins: one of each type for everybody, with what nobody else has in it. */
function beginning (): Integration[] {
  return callers.flatMap(({ _id, username }, number) => {
    const common = {
      username: 'rocket.cat', userId: 'rocket.cat', channel: ['all_public_channels'], _createdBy: { _id, username }
    }
    return [
      incomingRecord({ ...common, _id: `incoming${number}`.padEnd(17, 'z'), name: `name-in-${number}!`, token: `token-in-${number}!` }),
      outgoingRecord({
        ...common,
        _id: `outgoing${number}`.padEnd(17, 'z'),
        name: `name-out-${number}!`,
        token: `token-out-${number}!`,
        urls: ['http://shared.example/', `http://own-${number}.example/`]
      })
    ]
  })
}

/**
 * Sends requests one after another to a store that holds a few integrations,
 * and makes sure of everything that must be true of every answer.
 */
export class Story {
  readonly #server: HostileServer
  /** Every integration that must be there, as it was last answered. */
  readonly #stored = new Map<string, Integration>()
  readonly #secrets: Secret[] = []

  private constructor (server: HostileServer) {
    this.#server = server
  }

  /** Begins a story with an empty store. */
  static async begin (server: HostileServer, store: IntegrationStore): Promise<Story> {
    server.use(store)
    const story = new Story(server)
    for (const integration of beginning()) {
      await store.insert(integration, {}, patient)
      const happened = `happened-to-${integration._id}!`
      server.history.append(entryOf(integration._id, 'entry', { data: happened }), patient)
      story.#hide(integration, happened)
      story.#learn(integration)
      story.#hide(integration, integration.name)
      story.#hide(integration, integration.token)
    }
    return story
  }

  /** @returns the status. */
  async tell ({ caller, endpoint, which, content }: Step): Promise<number> {
    const ids = [...this.#stored.keys()]
    const id = ids[which % ids.length] ?? ''
    const request = content.replaceAll(theIntegration, id).replaceAll(theType, this.#stored.get(id)?.type ?? '')
    const answer = await this.#server.send(caller, endpoint, request)
    const body = documented(endpoint, answer)
    this.#assertHidden(caller, answer.text)
    if (answer.status !== 200) await this.#assertStored(id)
    else if (endpoint === 'list') this.#listed(caller, integrationsOf(body))
    else if (endpoint === 'history') this.#remembered(caller, entriesOf(body))
    else if (endpoint === 'clearHistory') await this.#assertStored(id)
    else await this.#answered(caller, endpoint, integrationOf(body.integration))
    return answer.status
  }

  #listed (caller: Member, integrations: readonly Integration[]): void {
    for (const integration of integrations) {
      this.#assertMaySee(caller, integration)
      assert.deepEqual(integration, this.#stored.get(integration._id))
    }
  }

  #remembered (caller: Member, entries: readonly HistoryEntry[]): void {
    for (const entry of entries) {
      const integration = this.#stored.get(entry.integration._id)
      assert.ok(integration !== undefined, 'the history goes with the integration')
      this.#assertMaySee(caller, integration)
    }
  }

  async #answered (caller: Member, endpoint: Endpoint, integration: Integration): Promise<void> {
    this.#assertMaySee(caller, integration)
    const { _id } = integration
    const before = this.#stored.get(_id)
    assert.equal(before === undefined, endpoint === 'create', 'only a create makes an integration')
    if (endpoint === 'get' || endpoint === 'remove') assert.deepEqual(integration, before)
    if (endpoint === 'remove') {
      this.#stored.delete(_id)
      await this.#assertGone(_id)
      return
    }
    this.#learn(integration)
    await this.#assertStored(_id)
    if (endpoint === 'create' || endpoint === 'update') await this.#assertNormal(integration)
  }

  #learn (integration: Integration): void {
    this.#stored.set(integration._id, integration)
    this.#hide(integration, integration._id)
    if (integration.type === 'webhook-incoming') this.#hide(integration, integration.token)
    else if (integration.secret !== undefined) this.#hide(integration, integration.secret)
  }

  #hide ({ type, _createdBy }: Integration, text: string): void {
    if (!this.#secrets.some((secret) => secret.text === text)) this.#secrets.push({ text, type, creatorId: _createdBy._id })
  }

  #assertHidden (caller: Member, answer: string): void {
    for (const { text, type, creatorId } of this.#secrets) {
      if (answer.includes(text)) assert.ok(maySee(caller, type, creatorId), `${caller.username} reads ${text}`)
    }
  }

  #assertMaySee (caller: Member, { type, _createdBy }: Integration): void {
    assert.ok(maySee(caller, type, _createdBy._id), `${caller.username} gets an integration of ${_createdBy.username}`)
  }

  /** What was answered last reads back exactly so; what is not there is not. */
  async #assertStored (_id: string): Promise<void> {
    const expected = this.#stored.get(_id)
    if (expected === undefined) return
    const answer = await this.#server.send(overseer, 'get', `integrationId=${_id}`)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(documented('get', answer).integration, expected)
  }

  async #assertGone (_id: string): Promise<void> {
    const { text } = await this.#server.send(overseer, 'get', `integrationId=${_id}`)
    assert.deepEqual(JSON.parse(text), { success: false, error: 'The integration does not exists.' })
  }

  /** Besides, an integration is in normal form when sending it again, as a change or as a new one, makes it neither better nor worse. */
  async #assertNormal (integration: Integration): Promise<void> {
    assertNormalForm(integration)
    const { _id, _createdAt, _createdBy, _updatedAt, _updatedBy, userId, scriptError, ...input } = integration
    const changed = await this.#send('update', { ...integration, integrationId: _id })
    assert.deepEqual(
      { ...changed, _updatedAt, _updatedBy },
      { ...integration, _updatedBy },
      'sent back as it was answered'
    )
    assert.ok(changed._updatedAt > _updatedAt)
    this.#learn(changed)
    const { token, ...withoutToken } = input
    const { secret, ...withoutSecret } = input.type === 'webhook-outgoing' ? input : { ...withoutToken, secret: undefined }
    const copy = await this.#send('create', withoutSecret)
    const { _id: id, _createdAt: created, _createdBy: creator, _updatedAt: updated, _updatedBy: nobody, ...same } = copy
    const { token: newToken } = same
    const newSecret = same.type === 'webhook-outgoing' ? same.secret : undefined
    assert.ok(secret === undefined || (newSecret !== undefined && newSecret !== secret), 'a copy has a secret of its own')
    assert.deepEqual(
      { ...same, token, secret },
      { ...input, userId, token, secret, ...(scriptError && { scriptError }) },
      'created again'
    )
    if (input.type === 'webhook-outgoing') assert.equal(newToken, token)
    this.#learn(copy)
  }

  async #send (endpoint: Endpoint, body: object): Promise<Integration> {
    const answer = await this.#server.send(overseer, endpoint, JSON.stringify(body))
    assert.equal(answer.status, 200, `${answer.text} to ${JSON.stringify(body)}`)
    return integrationOf(documented(endpoint, answer).integration)
  }
}
