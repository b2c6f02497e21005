import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../src/engine/decide.ts'
import { explain } from '../../src/engine/explain.ts'
import type { Change } from '../../src/facts/store.ts'
import { factsOf } from '../../src/facts/world.ts'
import { check } from '../../src/pdp/check.ts'
import { explainNow, renderTrace } from '../../src/pdp/explain.ts'
import { applyChange, type OrgState, setOf, stateOf } from '../../src/pdp/org.ts'
import { recordedFacts, recordOf, rowOf } from '../../src/pdp/record.ts'
import { search } from '../../src/pdp/search.ts'
import type { Rule, SubjectPhrase, Term } from '../../src/policy/ast.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'
import { attribute, compare, decimal, each, it, me, named, not, related, rule } from '../engine/build.ts'

const MODEL = `model
  schema 1.1
type user
  relations
    define manager: [user, user:*]
type agent
  relations
    define owner: [user]
type department
  relations
    define member: [user, department#member]
type folder
  relations
    define owner: [user, department#member]
type document
  relations
    define folder: [folder]
    define reader: [user, department#member]
`

const manager: Term = { kind: 'holder', type: 'user', relation: 'manager', on: me }
const department: Term = { kind: 'some', type: 'department', relation: 'member', of: manager }
const folder: Term = { kind: 'holder', type: 'folder', relation: 'folder', on: it }
const acting = (actor: SubjectPhrase, of: SubjectPhrase): SubjectPhrase => ({ kind: 'acting', actor, for: of })
const level = attribute('subject.level', { kind: 'number' })
const trusted = compare(level, 'gt', { kind: 'number', number: decimal(3) })

const RULES: readonly Rule[] = [
  rule('permit', each('user'), 'read', each('document', related(folder, 'owner', department))),
  rule('permit', each('user'), 'view', each('document', related(it, 'reader', me))),
  rule('permit', acting(each('agent'), each('user', related(it, 'reader', me))), 'view', each('document')),
  rule('permit', acting(each('agent'), named('user:bob')), 'read', each('document')),
  rule('forbid', acting(each('agent'), each('user', not(trusted))), 'view', each('document')),
  rule(
    'forbid',
    { kind: 'except', of: each('user', related(department, 'member', me)), but: each('user', trusted) },
    'view',
    { kind: 'except', of: each('document'), but: named('document:9') },
  ),
  rule('permit', { kind: 'role', relation: 'manager', on: manager }, 'view', each('document'), {
    kind: 'not',
    of: { kind: 'delegated' },
  }),
  rule('permit', { kind: 'role', relation: 'owner', on: me }, 'lead', each('document')),
  rule('permit', each('user'), 'lead', each('document'), {
    kind: 'is',
    of: 'subject',
    entity: { type: 'user', id: 'eve' },
  }),
]

const USERS = ['ann', 'bob', 'cat'].map(id => ({ type: 'user', id }))
const AGENTS = ['bot', 'ben'].map(id => ({ type: 'agent', id }))
const TUPLES = [
  ...['user:bob', 'user:cat', 'user:*'].map(user => ['user:ann', 'manager', user]),
  ...['user:cat', 'user:ann'].map(user => ['user:bob', 'manager', user]),
  ...['user:bob', 'user:cat', 'department:y#member'].map(user => ['department:x', 'member', user]),
  ...['user:ann', 'user:cat'].map(user => ['department:y', 'member', user]),
  ...['department:x#member', 'user:bob', 'department:y#member'].map(user => ['folder:f', 'owner', user]),
  ['document:1', 'folder', 'folder:f'],
  ['document:9', 'folder', 'folder:f'],
  ...['user:ann', 'user:bob', 'department:y#member'].map(user => ['document:1', 'reader', user]),
].map(([object = '', relation = '', user = '']) => ({ object, relation, user, condition: null }))

const shipped = loadShipped()

function fresh(): OrgState {
  const org = { slug: 'o', name: 'O', zone: 'UTC' }
  const policy = { version: 1, text: '', author: '', note: '', publishedAt: 0 }
  const state = stateOf(
    { org, revision: 0, model: { id: 'm', dsl: MODEL }, policy, keys: [], attributes: [], tuples: [] },
    shipped,
  )
  const rules = RULES.map((r, i) => ({ id: `r${i + 1}`, text: `rule ${i + 1}`, rule: r }))
  state.rules = [...state.rules, ...rules]
  state.set = setOf(org, state.rules, 1)
  return state
}

let revision = 0
function apply(state: OrgState, change: Change): void {
  revision += 1
  applyChange(state, { revision, at: 0, change }, shipped)
}

const write = (state: OrgState, ...tuples: readonly string[]): void =>
  apply(state, {
    kind: 'tuples',
    writes: tuples.map(t => {
      const [object = '', relation = '', user = ''] = t.split(' ')
      return { object, relation, user, condition: null }
    }),
    deletes: [],
  })

const set = (state: OrgState, entity: Entity, attributes: { level?: number; capabilities?: string[] }): void =>
  apply(state, { kind: 'attributes', entity, set: attributes, unset: [] })

const ask = (subject: Entity, action: string, id: string, actors: readonly Entity[] = []): Request => ({
  org: 'o',
  subject,
  actors,
  action,
  resource: { type: 'document', id },
  context: {},
  at: Date.UTC(2026, 2, 4, 10),
})

/** Where most things are allowed, so that writes take away as often as they give. */
function full(): OrgState {
  const state = fresh()
  const everyone = 'user:*'
  apply(state, { kind: 'tuples', writes: TUPLES.filter(t => t.user !== everyone), deletes: [] })
  for (const user of USERS) set(state, user, { level: 5 })
  for (const agent of AGENTS) set(state, agent, { capabilities: ['view:documents', 'read:documents'] })
  return state
}

const tuple = fc.constantFrom(...TUPLES)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: tuple.map(t => ({ kind: 'tuples' as const, writes: [t], deletes: [] })) },
  { weight: 5, arbitrary: tuple.map(t => ({ kind: 'tuples' as const, writes: [], deletes: [t] })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom<Entity>(...USERS, ...AGENTS), fc.constantFrom(1, 5))
      .map(([entity, n]) => ({ kind: 'attributes' as const, entity, set: { level: n }, unset: [] })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...AGENTS).map(entity => ({
      kind: 'attributes' as const,
      entity,
      set: { capabilities: ['view:documents', 'read:documents'] },
      unset: [],
    })),
  },
)
const request: fc.Arbitrary<Request> = fc
  .tuple(
    fc.constantFrom<Entity>(...USERS, ...AGENTS),
    fc.constantFrom('read', 'view', 'view', 'lead'),
    fc.constantFrom('1', '9'),
    fc.constantFrom<readonly Entity[]>(
      [],
      [AGENTS[0] as Entity],
      [...AGENTS],
      [USERS[0] as Entity, AGENTS[0] as Entity],
    ),
  )
  .map(parts => ask(...parts))
const step = fc.oneof(change, request)

describe('chains of relations and of actors', () => {
  test('no cached answer is ever stale, and a record replays to the same verdict', () => {
    const effects = { allow: 0, deny: 0, escalate: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), steps => {
        const state = full()
        for (const s of steps) {
          if ('kind' in s) {
            apply(state, s)
            continue
          }
          const facts = factsOf(state, () => undefined)
          const { verdict, residuals } = check(state, s)
          assert.deepEqual(verdict, decide(state.set, s, facts))
          effects[verdict.effect]++
          const decision = { id: 'd', ...verdict, policyVersion: 1, revision }
          const row = rowOf(decision, s, residuals, 'm', 'UTC', 0)
          const { facts: recorded } = recordOf({ ...row, record: JSON.parse(JSON.stringify(row.record)) })
          const replayed = explain(state.set, s, recordedFacts(recorded, state.model?.model ?? null)).verdict
          assert.equal(replayed.effect, verdict.effect)
          assert.deepEqual(replayed.reasons, verdict.reasons)
        }
      }),
      { numRuns: 250, seed: 11, endOnFailure: true },
    )
    assert.ok(effects.allow > 300 && effects.deny > 300, JSON.stringify(effects))
  })

  test('an agent may what its principal may, in its own link alone', () => {
    const state = fresh()
    const [ann, bob] = USERS as [Entity, Entity]
    const [bot] = AGENTS as [Entity]
    set(state, bot, { capabilities: ['view:documents'] })
    set(state, ann, { level: 5 })
    write(state, 'document:1 reader user:ann')
    assert.equal(check(state, ask(ann, 'view', '1', [bot])).verdict.effect, 'allow')
    assert.equal(check(state, ask(bob, 'view', '1', [bot])).verdict.effect, 'deny')
    assert.equal(check(state, ask(bot, 'view', '1')).verdict.effect, 'deny')
    assert.equal(check(state, ask(bot, 'view', '1', [ann])).verdict.effect, 'deny', 'ann acts for the agent')
    set(state, ann, { level: 1 })
    const denied = check(state, ask(ann, 'view', '1', [bot])).verdict
    assert.deepEqual([denied.effect, denied.reasons.map(r => `${r.rule} ${r.for}`)], ['deny', ['r5 agent:bot']])
  })

  test('search finds whom a chain leads to, and whom a rule excepts or names in a condition', () => {
    const state = fresh()
    write(state, 'user:ann manager user:bob', 'department:x member user:bob', 'folder:f owner department:x#member')
    write(state, 'document:1 folder folder:f', 'document:9 folder folder:f', 'document:2 folder folder:g')
    const page = { limit: 10, token: null }
    const anyone = ask({ type: 'user', id: '' }, 'read', '1')
    assert.deepEqual(search(state, anyone, 'subject', page).ids, ['ann'])
    const anything = ask({ type: 'user', id: 'ann' }, 'read', '')
    assert.deepEqual(search(state, anything, 'resource', page).ids, ['1', '9'])
    assert.deepEqual(search(state, ask({ type: 'user', id: '' }, 'lead', '9'), 'subject', page).ids, ['eve'])
    assert.deepEqual(search(state, ask({ type: 'user', id: 'ann' }, '', '1'), 'action', page).ids, ['read'])
  })

  test('explain shows the tuples of every link of a chain', () => {
    const state = fresh()
    write(state, 'user:ann manager user:bob', 'department:x member user:bob', 'folder:f owner department:x#member')
    write(state, 'document:1 folder folder:f')
    const shown = JSON.stringify(explainNow(state, ask({ type: 'user', id: 'ann' }, 'read', '1')))
    for (const said of [
      'document:1#folder@folder:f',
      'folder:f#owner@department:x#member',
      'department:x#member@user:bob',
      'user:ann#manager@user:bob',
      "some department that ann's manager is a member of is an owner of document:1's folder",
    ]) {
      assert.ok(shown.includes(said), `${said}\n${shown}`)
    }
  })

  test('explain shows the tuples that a denial lacks, and says where none would do', () => {
    const state = fresh()
    write(state, 'department:x member department:y#member', 'document:1 reader department:x#member')
    const lines = (id: string) => renderTrace(explainNow(state, ask({ type: 'user', id: 'ann' }, 'view', id)))
    assert.match(lines('1'), /✗ document:1#reader@user:ann is not so; missing:\n +✗ document:1#reader@user:ann\n/)
    const read = renderTrace(explainNow(state, ask({ type: 'user', id: 'ann' }, 'read', '1')))
    assert.match(read, /is not so, and no tuple near would make it so\n/)
    write(state, 'user:ann manager user:bob', 'document:1 folder folder:f', 'folder:f owner department:y#member')
    const now = renderTrace(explainNow(state, ask({ type: 'user', id: 'ann' }, 'read', '1')))
    assert.match(now, /is not so; missing:\n +✗ department:y#member@user:bob\n/)
  })
})
