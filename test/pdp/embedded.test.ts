import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEngine, PdpError } from '../../src/index.ts'
import { startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user, agent]
type document
  relations
    define shared_with: [team]
    define owner: [user]
`
const POLICY = `A document has a status of draft or final.
The office is 10.0.0.0/8.
Users can edit documents shared with their team, weekdays only.
Users can view documents shared with their team.
Agents can view documents shared with their team.
Nobody can edit final documents.
Users can delete documents they own, from the office.
Users need approval from an owner of the document to archive documents.
Users can print documents at most 3 times per hour.`

const TUPLES = [
  { object: 'team:eng', relation: 'member', user: 'user:alice' },
  { object: 'team:eng', relation: 'member', user: 'agent:bot' },
  { object: 'document:1', relation: 'shared_with', user: 'team:eng' },
  { object: 'document:1', relation: 'owner', user: 'user:bob' },
]
const ATTRIBUTES = { 'document:1': { status: 'draft' }, 'agent:bot': { capabilities: ['view:documents'] } }
const MONDAY = Date.UTC(2026, 10, 23, 12)
const SUNDAY = Date.UTC(2026, 10, 22, 12)

const engine = () => createEngine({ model: MODEL, policy: POLICY, tuples: TUPLES, attributes: ATTRIBUTES })

type Case = readonly [subject: string, action: string, resource: string, effect: string, more?: object]
const CASES: readonly Case[] = [
  ['user:alice', 'edit', 'document:1', 'allow'],
  ['user:alice', 'edit', 'document:1', 'deny', { at: SUNDAY }],
  ['user:carol', 'edit', 'document:1', 'deny'],
  ['user:bob', 'delete', 'document:1', 'allow', { context: { ip: '10.1.2.3' } }],
  ['user:bob', 'delete', 'document:1', 'deny', { context: { ip: '11.1.2.3' } }],
  ['user:bob', 'delete', 'document:1', 'deny'],
  ['user:alice', 'archive', 'document:1', 'escalate'],
  ['user:alice', 'print', 'document:1', 'deny'],
  ['user:alice', 'view', 'document:1', 'allow', { actors: ['agent:bot'] }],
  ['user:alice', 'edit', 'document:1', 'deny', { actors: ['agent:bot'] }],
  ['user:alice', 'view', 'document', 'deny'],
]

describe('an engine in the process', () => {
  for (const [subject, action, resource, effect, more] of CASES) {
    test(`${subject} may ${action} ${resource} ${JSON.stringify(more ?? {})}: ${effect}`, () => {
      assert.equal(engine().check({ subject, action, resource, at: MONDAY, ...more }).effect, effect)
    })
  }

  test('answers as the service does', async () => {
    const app = await startApp()
    try {
      const slug = 'embedded'
      const base = `/orgs/${slug}/api/v1/admin`
      const sure = (status: number) => assert.ok(status < 300, String(status))
      sure((await app.send('POST', '/api/v1/admin/organizations', { body: { slug, name: slug, zone: 'UTC' } })).status)
      sure((await app.send('PUT', `${base}/model`, { body: { dsl: MODEL } })).status)
      sure((await app.send('POST', `${base}/tuples`, { body: { writes: TUPLES } })).status)
      for (const [entity, patch] of Object.entries(ATTRIBUTES)) {
        const [type, id] = entity.split(':')
        sure((await app.send('PATCH', `${base}/attributes/${type}/${id}`, { body: patch })).status)
      }
      sure((await app.send('POST', `${base}/policies`, { body: { text: POLICY } })).status)
      const { service } = app.running
      const state = await service.orgs.get(slug)
      const here = engine()
      for (const [subject, action, resource, , more] of CASES) {
        const asked = { subject, action, resource, at: MONDAY, ...more }
        const { effect, reasons, missing, obligations, validUntil } = here.check(asked)
        const [type = '', id = null] = resource.split(':')
        const [who = '', name = ''] = subject.split(':')
        const actors = 'actors' in asked ? [{ type: 'agent', id: 'bot' }] : []
        const context = 'context' in asked ? (asked.context as Record<string, string>) : {}
        const request = { org: slug, subject: { type: who, id: name }, actors, action, resource: { type, id }, context }
        const there = await service.decide(state, { ...request, at: asked.at })
        if (action === 'print') {
          // The service counts, and here nobody does.
          assert.deepEqual([effect, there.effect], ['deny', 'allow'])
          continue
        }
        assert.equal(effect, there.effect)
        assert.deepEqual({ reasons, obligations, validUntil }, pick(there))
        assert.deepEqual(missing, there.missing)
      }
    } finally {
      await app.close()
    }
  })

  test('sees what was written before', () => {
    const here = engine()
    const edit = { subject: 'user:carol', action: 'edit', resource: 'document:1', at: MONDAY }
    const join = { object: 'team:eng', relation: 'member', user: 'user:carol' }
    assert.equal(here.check(edit).effect, 'deny')
    here.write({ writes: [join] })
    assert.equal(here.check(edit).effect, 'allow')
    here.setAttributes('document:1', { status: 'final' })
    assert.equal(here.check(edit).effect, 'deny')
    here.setAttributes('document:1', { status: null })
    assert.equal(here.check(edit).effect, 'deny', 'a status that nobody knows may be final')
    here.setAttributes('document:1', { status: 'draft' })
    here.write({ deletes: [join] })
    assert.equal(here.check(edit).effect, 'deny')
    here.publish('Users can edit documents.')
    assert.equal(here.check(edit).effect, 'allow')
  })

  test('explains, and finds what is allowed', () => {
    const here = engine()
    const asked = { subject: 'user:alice', action: 'edit', resource: 'document:1', at: MONDAY }
    assert.equal(here.explain(asked).verdict.effect, 'allow')
    assert.deepEqual(here.search(asked, 'resource').ids, ['1'])
    assert.deepEqual(here.search({ ...asked, at: SUNDAY }, 'action').ids, ['view'])
  })

  const faults: readonly (readonly [string, string, () => unknown])[] = [
    ['a model with a fault', 'invalid_model', () => createEngine({ model: 'model\n  schema 9' })],
    [
      'a sentence nobody understands',
      'invalid_policy',
      () => createEngine({ model: MODEL, policy: 'Do as you like.' }),
    ],
    ['a tuple before any model', 'model_missing', () => createEngine({ tuples: TUPLES })],
    [
      'a tuple of no type there is',
      'invalid_tuple',
      () => engine().write({ writes: [{ object: 'x:1', relation: 'y', user: 'z:1' }] }),
    ],
    [
      'a model the rules do not compile under',
      'model_conflict',
      () => engine().setModel('model\n  schema 1.1\ntype user'),
    ],
    ['no attribute at all', 'invalid_attribute', () => engine().setAttributes('document:1', {})],
    [
      'a name without a type',
      'invalid_request',
      () => engine().check({ subject: 'alice', action: 'a', resource: 'b' }),
    ],
    ['a zone that is none', 'invalid_zone', () => createEngine({ zone: 'Mars/Phobos' })],
  ]
  for (const [name, code, run] of faults) {
    test(`refuses ${name}, and says so`, () => {
      assert.throws(run, (error: unknown) => error instanceof PdpError && error.code === code)
    })
  }

  test('a change that is refused changes nothing', () => {
    const here = engine()
    const { revision } = here
    const view = { subject: 'user:alice', action: 'view', resource: 'document:1', at: MONDAY }
    const bad = { object: 'document:1', relation: 'nothing', user: 'user:alice' }
    assert.throws(() => here.write({ writes: [{ object: 'team:x', relation: 'member', user: 'user:alice' }, bad] }))
    assert.throws(() => here.publish('Nobody can view documents. Who knows.'))
    assert.equal(here.revision, revision)
    assert.equal(here.check(view).effect, 'allow')
  })
})

const pick = ({
  reasons,
  obligations,
  validUntil,
}: {
  reasons: unknown
  obligations: unknown
  validUntil: unknown
}) => ({
  reasons,
  obligations,
  validUntil,
})
