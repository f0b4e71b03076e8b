import fc from 'fast-check'
import { test } from 'tap'
import { hiddenParameters, hiddenUrl, hookPathOf } from '../../../../lib/routes/hooks/path.ts'
import { hookRecord } from '../../../support/ports.ts'

const { _id, token } = hookRecord()

/** Id, token and profile of a path behind the prefix, as the router may hand it over. */
function pathOf (path: string): Array<readonly [integrationId: string, token: string, profile: string]> {
  const [integrationId = '', second, third, ...more] = path.split('/')
  const named = second === undefined || more.length > 0 ? undefined : { integrationId, token: second, ...(third !== undefined && { profile: third }) }
  return [{ '*': path }, ...(named === undefined ? [] : [named])].map((parameters) => {
    const { integrationId, token, profile: { name } } = hookPathOf(parameters)
    return [integrationId, token, name] as const
  })
}

test('the forms of a path', async (t) => {
  for (const [path, ...expected] of [
    ['id/token', 'id', 'token', ''],
    ['id/token/', 'id', 'token', ''],
    ['id/token/slack', 'id', 'token', 'slack'],
    ['id/token/slack/', 'id', 'token', 'slack'],
    ['id/token/Mattermost', 'id', 'token', 'mattermost'],
    ['id/token/DISCORD', 'id', 'token', 'discord'],
    ['id/anything/token', 'id', 'token', ''],
    ['id/anything/token/', 'id', 'token', ''],
    ['id//token', 'id', 'token', ''],
    ['id/anything/token/slack', 'id', 'token', 'slack'],
    ['id/slack/token/Discord/', 'id', 'token', 'discord'],
    ['id/token/github', 'id', 'github', ''],
    ['id/slack', 'id', 'slack', ''],
    ['slack/slack/slack', 'slack', 'slack', 'slack']
  ] as const) {
    for (const found of pathOf(path)) t.strictSame(found, expected, path)
  }
})

test('any other path names no token', async (t) => {
  for (const path of ['', '/', 'id', 'id/', '/token', 'id/a/b/token', 'id/a/b/token/slack', 'id/token/slack/slack/slack', 'id/token//', 'id/token///', '//', '///']) {
    for (const [, found] of pathOf(path)) t.equal(found, path === '/token' ? 'token' : '', path)
  }
})

const part = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'B', '-', '_', '.', '~', '%', ' ', 'é') }), fc.constantFrom('slack', 'Discord', 'mattermost', ''))

test('the token of a path is its last part but for a profile, or there is none', (t) => {
  fc.assert(fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
    for (const [integrationId, found, profile] of pathOf(parts.join('/'))) {
      if (integrationId !== (parts[0] ?? '') && parts.length > 0) return false
      const rest = parts.slice(1)
      if (found !== '' && !rest.includes(found)) return false
      if (profile !== '' && rest.at(-1)?.toLowerCase() !== profile && rest.at(-2)?.toLowerCase() !== profile) return false
    }
    return true
  }))
  t.end()
})

test('a URL as it may be logged', async (t) => {
  for (const [url, expected] of [
    [`/hooks/${_id}/${token}`, `/hooks/${_id}/***`],
    [`/hooks/${_id}/${token}/`, `/hooks/${_id}/***`],
    [`/hooks/${_id}/${token}/slack?wait=true&token=${token}`, `/hooks/${_id}/***`],
    [`/hooks/${_id}/anything/${token}`, `/hooks/${_id}/***`],
    [`/hooks/${_id}/***`, `/hooks/${_id}/***`],
    [`/hooks/${_id}?token=${token}`, '/hooks/***'],
    [`/hooks/${_id}`, '/hooks/***'],
    [`/hooks/${token}`, '/hooks/***'],
    [`/hooks/${token}/${_id}`, '/hooks/***'],
    [`/hooks//${token}`, '/hooks/***'],
    [`/hooks/${_id}%2F${token}`, '/hooks/***'],
    [`/hooks/${_id}%2F${token}/slack`, '/hooks/***'],
    [`/hooks/${_id};${token}/x`, '/hooks/***'],
    [`/hooks/${_id}#${token}/x`, '/hooks/***'],
    [`//hooks//${_id}//${token}`, '/hooks/***'],
    [`/HOOKS/${_id}/${token}`, '/hooks/***'],
    [`/h%6Foks/${_id}/${token}`, '/hooks/***'],
    [`http://chat.example/hooks/${_id}/${token}`, '/hooks/***'],
    ['', '/hooks/***']
  ] as const) {
    t.equal(hiddenUrl(url, '/hooks'), expected, url)
    t.equal(hiddenUrl(expected, '/hooks'), expected, 'hidden again')
  }
  t.equal(hiddenUrl(`/acme/hooks/${_id}/${token}`, '/:workspace/hooks'), '/:workspace/hooks/***')
})

test('no form of a URL shows a token', (t) => {
  const text = fc.string({ unit: fc.constantFrom('/', '?', '#', ';', '%2F', '%', 'a', '.', '=', '&', ':', '@', ' '), maxLength: 4 })
  fc.assert(fc.property(fc.array(fc.oneof(text, fc.constantFrom(_id, token, '/hooks', 'hooks', '/')), { maxLength: 8 }), (parts) =>
    !hiddenUrl(parts.join(''), '/hooks').includes(token)))
  t.end()
})

test('parameters as hooks may see them', async (t) => {
  t.strictSame(hiddenParameters({ integrationId: _id, token }), { integrationId: _id, token: '***' })
  t.strictSame(hiddenParameters({ integrationId: _id, token: 'anything', profile: token }), { integrationId: _id, token: '***', profile: '***' })
  t.strictSame(hiddenParameters({ '*': `${_id}/${token}` }), { '*': '***' })
  t.strictSame(hiddenParameters({ integrationId: token, token: _id }), { integrationId: '***', token: '***' }, 'in the wrong order')
  const withPrefix = { workspace: 'acme', integrationId: `${_id}/${token}`, token: '' }
  t.strictSame(hiddenParameters(withPrefix), { workspace: 'acme', integrationId: '***', token: '***' }, 'those of a prefix stay')
})
