import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AccessToken } from '../../src/agents/token.ts'
import { actionsOf } from '../../src/engine/compile.ts'
import { createRegistry } from '../../src/facts/registry.ts'
import { answeredHere } from '../../src/pdp/answered.ts'
import { attributesOf, refuseRegistered } from '../../src/pdp/attributes.ts'
import { check } from '../../src/pdp/check.ts'
import { chainOf, type Principal } from '../../src/pdp/keys.ts'
import { stateOf } from '../../src/pdp/org.ts'
import { hasPermission, permissionAsked, permissionsOf } from '../../src/pdp/permissions.ts'
import { askerOf } from '../../src/protocols/authz/subject.ts'
import { loadShipped } from '../../src/server.ts'
import { agentNamed, userNamed } from '../support/registered.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type org
  relations
    define support: [user]
type document
`
const POLICY = `Authz are resources.
Support can check authz.
Agents can check authz.
Users and agents can read documents.
Users can edit documents.
user:root can do anything.
user:warden can lock anything.
user:clerk can do anything to documents.
user:clerk cannot edit documents.
Support can sign document:1.
`
const NOW = Date.UTC(2026, 2, 4, 10)
const shipped = loadShipped()
const service = { shipped, answered: answeredHere, clock: () => NOW }
const snapshot = {
  org: { slug: 'acme', name: 'Acme', zone: 'UTC' },
  revision: 1,
  model: { id: 'm', dsl: MODEL },
  policy: { version: 1, text: POLICY, author: 'x', note: '', publishedAt: 0 },
  tuples: [{ object: 'org:acme', relation: 'support', user: 'user:sue', condition: null }],
  attributes: [{ entity: { type: 'user', id: 'ann' }, name: 'level', value: 3 }],
  keys: [],
}
const state = stateOf(snapshot, shipped)
const registered = [
  agentNamed('helper', { capabilities: ['authz:check', 'read:documents'] }),
  agentNamed('reader', { capabilities: ['read:documents'] }),
  userNamed('ann', { email: 'ann@acme.com', attributes: { team: 'eng' } }),
]
Object.assign(state, { registry: createRegistry(registered) })

const entity = (name: string) => ({ type: name.split(':')[0] ?? '', id: name.split(':')[1] ?? '' })

/** The caller behind a token, as authentication would find it. */
function caller(subject: string, scopes: readonly string[], ...actors: readonly string[]): Principal {
  const token: AccessToken = {
    ...{ jti: 't', issuer: 'i', org: 'acme', clientId: 'c', audience: ['a'], issuedAt: NOW, expiresAt: NOW + 300_000 },
    ...{ lineage: [], consents: [], jkt: null, task: null, mayAct: null },
    ...{ subject: entity(subject), actors: actors.map(entity), scopes },
  }
  return { kind: 'token', org: 'acme', token }
}

describe('permissions of callers by token', () => {
  const CASES: readonly (readonly [
    subject: string,
    scopes: readonly string[],
    actors: readonly string[],
    may: boolean,
  ])[] = [
    ['user:sue', ['authz:check'], [], true],
    ['user:sue', ['authz.check'], [], true],
    ['user:sue', ['check:authz', 'openid'], [], true],
    ['user:sue', ['openid'], [], false],
    ['user:sue', [], [], false],
    ['user:ann', ['authz:check'], [], false],
    ['agent:helper', ['authz:check'], [], true],
    ['agent:helper', ['read:documents'], [], false],
    ['agent:reader', ['authz:check'], [], false],
    ['user:sue', ['authz:check'], ['agent:helper'], true],
    ['user:sue', ['authz:check'], ['agent:reader'], false],
    ['user:ann', ['authz:check'], ['agent:helper'], false],
  ]
  for (const [subject, scopes, actors, may] of CASES) {
    test(`${[subject, ...actors].join(' through ')} with [${scopes}] ${may ? 'asks' : 'asks nothing'} of others`, () => {
      const principal = caller(subject, scopes, ...actors)
      assert.equal(hasPermission(service, state, principal, 'authz.check', '127.0.0.1'), may)
      const elsewhere = { ...principal, org: 'other' } as Principal
      assert.equal(hasPermission(service, state, elsewhere, 'authz.check', '127.0.0.1'), false)
    })
  }

  test('who acts for the caller stays in the chain of its own questions', () => {
    const own = caller('user:ann', ['read:documents'], 'agent:reader')
    const { subject, actors, own: isOwn } = askerOf(own, {})
    assert.deepEqual([subject, actors, isOwn], [entity('user:ann'), [entity('agent:reader')], true])
    assert.deepEqual(askerOf(own, { subject: 'user:ann' }).actors, [entity('agent:reader')])
    assert.equal(askerOf(own, { subject: 'agent:reader' }).own, false)
    const slugs = permissionsOf(service, state, askerOf(own, {}), NOW).map(p => p.slug)
    assert.ok(slugs.includes('document.read') && !slugs.includes('document.edit'), slugs.join())
    const alone = permissionsOf(service, state, chainOf(caller('user:ann', [])), NOW).map(p => p.slug)
    assert.ok(alone.includes('document.edit'))
  })

  test('the list is every action on every type that is allowed, no more and no less', () => {
    const types = [
      ...state.vocabulary.model.types.map(t => t.name),
      ...state.vocabulary.types,
      ...shipped.reservedTypes,
    ]
    for (const name of ['user:root', 'user:warden', 'user:clerk', 'user:sue', 'user:x', 'agent:helper', 'agent:none']) {
      const subject = entity(name)
      const about = { org: 'acme', subject, actors: [], context: {}, at: NOW }
      const allowed = types.flatMap(type =>
        actionsOf(state.set).flatMap(action => {
          const { verdict } = check(state, { ...about, action, resource: { type, id: null } })
          return verdict.effect === 'allow' ? [`${type}.${action}`] : []
        }),
      )
      const listed = permissionsOf(service, state, { subject, actors: [] }, NOW).map(p => p.slug)
      assert.deepEqual(listed, [...new Set(allowed)].sort(), name)
      if (name === 'user:root') assert.ok(listed.length > 100)
      if (name === 'user:clerk') assert.ok(listed.includes('document.lock') && !listed.includes('document.edit'))
      if (name === 'user:sue') assert.ok(!listed.includes('document.sign'))
    }
  })

  test('a permission without a resource asks about its type, an unknown one about the org', () => {
    const ask = (name: string) => permissionAsked(service, state, name, null)
    assert.deepEqual(ask('documents.read'), { action: 'read', resource: { type: 'document', id: null } })
    assert.deepEqual(ask('ledger.post'), { action: 'ledger.post', resource: { type: 'org', id: 'acme' } })
  })

  test('attributes are told as decisions read them, and none is written that would not be read', () => {
    const ann = attributesOf(state, entity('user:ann'))
    assert.deepEqual([ann.email, ann.team, ann.level], ['ann@acme.com', 'eng', 3])
    assert.deepEqual(attributesOf(state, entity('user:nobody')), {})
    for (const name of ['email', 'team', 'status']) {
      assert.throws(() => refuseRegistered(state, entity('user:ann'), name), { code: 'invalid_attribute' })
    }
    assert.throws(() => refuseRegistered(state, entity('agent:helper'), 'capabilities'), { code: 'invalid_attribute' })
    refuseRegistered(state, entity('user:ann'), 'level')
    refuseRegistered(state, entity('user:nobody'), 'email')
  })
})
