import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Registered } from '../../src/facts/registry.ts'
import { mintApiKey } from '../../src/pdp/credentials.ts'
import { type App, startApp } from '../support/app.ts'
import { CLIENT, makeRoles, ORG } from '../support/authz.ts'
import { agentNamed, userNamed } from '../support/registered.ts'

const KEYS = { agent: '', oracle: '', user: '' }

// Agents and users that are registered, by API keys of their own: whom the published clients call as.
describe('callers that ask about themselves', () => {
  let app: App
  before(async () => {
    app = await startApp()
    await makeRoles(app)
    const state = await app.running.service.orgs.get(ORG)
    const write = (entry: Registered) =>
      app.running.service.write(state, [{ kind: 'registered', entry, by: 'key:test' }])
    const keyFor = async (kind: 'agent' | 'user', id: string): Promise<string> => {
      const { text, hash, id: credential } = mintApiKey(ORG, kind)
      const times = { createdAt: 0, expiresAt: null, retiredAt: null }
      await write({ kind: 'credential', id: credential, of: { kind, id }, proof: { kind: 'api_key', hash }, ...times })
      return text
    }
    const helper = agentNamed('helper', { capabilities: ['article.search', 'read:documents'] })
    const oracle = agentNamed('oracle', { capabilities: ['authz:check'] })
    await write(helper)
    await write(oracle)
    await write(userNamed('vic', { email: 'vic@acme.com', attributes: { team: 'eng' } }))
    KEYS.agent = await keyFor('agent', helper.id)
    KEYS.oracle = await keyFor('agent', oracle.id)
    KEYS.user = await keyFor('user', 'vic')
  })
  after(() => app.close())

  const post = (key: string, path: string, body: object) => app.send('POST', path, { key, body })
  const refused = (got: { status: number; json: { code?: string } }, what: string) =>
    assert.deepEqual([got.status, got.json.code], [403, 'insufficient_permissions'], what)

  test('an agent, within its capabilities', async () => {
    for (const [permission, allowed] of [
      ['article.search', true],
      ['read:documents', true],
      ['article.edit', false],
      ['authz.check', false],
    ] as const) {
      const got = await post(KEYS.agent, '/api/v1/authz/check', { permission })
      CLIENT.check.parse(got.json)
      const { subject_type, subject_id, user_id } = got.json
      assert.deepEqual([subject_type, subject_id, user_id, got.json.allowed], ['agent', 'helper', 'helper', allowed])
      assert.equal('reason' in got.json, false)
    }
    const same = await post(KEYS.agent, '/api/v1/authz/check', {
      permission: 'article.search',
      subject: 'agent:helper',
    })
    assert.equal(same.json.allowed, true)
    const list = await app.send('GET', '/api/v1/authz/permissions', { key: KEYS.agent })
    CLIENT.permissions.parse(list.json)
    const slugs = list.json.permissions.map((p: { slug: string }) => p.slug)
    assert.deepEqual(slugs, [
      'article.search',
      'audience.obtain',
      'document.read',
      'org_self.read',
      'org_self.use',
      'org_usage.use',
    ])
    const abac = await post(KEYS.agent, `/orgs/${ORG}/api/v1/abac/check`, { resourceType: 'article', action: 'search' })
    CLIENT.abac.parse(abac.json)
    assert.deepEqual([abac.json.allowed, abac.json.reason, abac.json.user_id], [true, 'allowed', 'helper'])
    assert.equal('matchedPolicies' in abac.json, false)
  })

  test('a user, and what is known of it', async () => {
    const bulk = await post(KEYS.user, '/api/v1/authz/check-bulk', { permissions: ['article.view', 'article.edit'] })
    CLIENT.bulk.parse(bulk.json)
    assert.deepEqual(bulk.json.results, { 'article.view': true, 'article.edit': false })
    const mine = await app.send('GET', `/orgs/${ORG}/api/v1/abac/my-attributes`, { key: KEYS.user })
    const { type, id, email, team } = CLIENT.attributes.parse(mine.json)
    assert.deepEqual([type, id, email, team], ['user', 'vic', 'vic@acme.com', 'eng'])
    const relation = { object: `org:${ORG}`, relation: 'viewer' }
    const own = await post(KEYS.user, '/api/v1/authz/zanzibar/check', { ...relation, subject: 'user:vic' })
    assert.deepEqual([own.status, own.json.allowed], [200, true], own.text)
    const no = await post(KEYS.user, '/api/v1/zanzibar/check', { ...relation, relation: 'editor', subject: 'user:vic' })
    assert.deepEqual([no.json.allowed, 'missing' in no.json], [false, false])
    const list = { subject: 'user:vic', permission: 'viewer', object_type: 'document' }
    assert.deepEqual((await post(KEYS.user, '/api/v1/zanzibar/list-objects', list)).json.objects, ['document:notice'])
  })

  test('neither asks about others, nor who has a relation, nor writes', async () => {
    const relation = { object: 'document:plan', relation: 'viewer', subject: 'user:owen' }
    for (const key of [KEYS.agent, KEYS.user]) {
      const abac = { resourceType: 'article', action: 'search', user_id: 'owen' }
      refused(await post(key, '/api/v1/authz/check', { permission: 'article.search', user_id: 'owen' }), 'check')
      refused(await app.send('GET', '/api/v1/authz/permissions?user_id=owen', { key }), 'permissions')
      refused(await post(key, '/api/v1/abac/check', abac), 'abac')
      for (const path of ['check', 'expand', 'list-objects', 'list-users', 'tuples']) {
        const body = { ...relation, object_type: 'document', subject_type: 'user' }
        refused(await post(key, `/api/v1/authz/zanzibar/${path}`, body), path)
      }
      const value = { key, body: { value: 'legal' } }
      refused(await app.send('PUT', '/api/v1/abac/users/owen/attributes/department', value), 'attributes')
      refused(await app.send('PUT', '/api/v1/abac/users/vic/attributes/department', value), 'its own')
    }
  })

  test('who acts along narrows what is asked about oneself', async () => {
    const body = { permission: 'article.view', context: { actors: ['agent:helper'] } }
    assert.equal((await post(KEYS.user, '/api/v1/authz/check', body)).json.allowed, false)
    assert.equal((await post(KEYS.user, '/api/v1/authz/check', { permission: 'article.view' })).json.allowed, true)
  })

  test('an agent whose capability and whose org say so asks about anybody', async () => {
    const got = await post(KEYS.oracle, '/api/v1/authz/check', { permission: 'article.edit', user_id: 'wanda' })
    assert.deepEqual([got.status, got.json.allowed], [200, true], got.text)
    assert.match(got.json.reason, /Editors of the org/)
    const tree = await post(KEYS.oracle, '/api/v1/authz/zanzibar/expand', {
      object: 'document:plan',
      relation: 'viewer',
    })
    CLIENT.tree.parse(tree.json)
    refused(await post(KEYS.oracle, '/api/v1/zanzibar/tuples', { tuple: 'document:plan#viewer@user:x' }), 'tuples')
  })

  test('what the registry answers for is not written beside it', async () => {
    const put = (path: string) => app.send('PUT', `/orgs/${ORG}/api/v1/abac/${path}`, { body: { value: 'x' } })
    for (const path of [
      'users/vic/attributes/email',
      'users/vic/attributes/team',
      'resources/agent/helper/attributes/capabilities',
    ]) {
      const got = await put(path)
      assert.deepEqual([got.status, got.json.code], [400, 'invalid_attribute'], path)
    }
    assert.equal((await put('users/vic/attributes/department')).status, 200)
  })
})
