import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decide, linksOf } from '../../src/engine/decide.ts'
import { explain } from '../../src/engine/explain.ts'
import type { Change, StoredTuple } from '../../src/facts/store.ts'
import { factsOf } from '../../src/facts/world.ts'
import { check, specializeNow } from '../../src/pdp/check.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import { factsRead, provedBy, recordedFacts, recordOf, rowOf } from '../../src/pdp/record.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Answer } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'
import { judge } from '../oracle.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user, agent, team#member]
type folder
  relations
    define viewer: [user, user:*, team#member]
type document
  relations
    define folder: [folder]
    define blocked: [user, user with small, team#member]
    define shared_with: [team]
    define viewer: [user, user with small, team#member, team#member with small] or viewer from folder
    define reader: viewer but not blocked
condition small(size: int, most: int) {
  size <= most
}
`

const POLICIES = [
  'A document has a status of draft or public.\nUsers can read documents shared with their team.\nReaders of the document can view documents.\nAnyone can view public documents.',
  'Users can read documents shared with their team, weekdays only.\nUsers cannot view documents shared with their team.\nReaders of the document can view documents.',
  'A user has a level as a number.\nAgents need approval from their owner to view documents.\nAnyone can view documents if their level is over 3.',
]

const USERS = ['ann', 'bob', 'cat'].map(id => ({ type: 'user', id }))
const AGENTS = [{ type: 'agent', id: 'bot' }]
const DOCUMENTS = ['1', '2'].map(id => ({ type: 'document', id }))
const TUPLES = [
  ...['user:ann', 'user:bob', 'agent:bot', 'team:b#member'].map(user => ['team:a', 'member', user]),
  ...['user:ann', 'user:cat', 'team:a#member'].map(user => ['team:b', 'member', user]),
  ...['team:a', 'team:b'].map(user => ['document:1', 'shared_with', user]),
  ...['user:cat', 'team:a#member', 'team:b#member'].map(user => ['document:1', 'viewer', user]),
  ...['user:ann', 'team:b#member'].map(user => ['document:1', 'blocked', user]),
  ...['folder:f'].flatMap(user => [
    ['document:1', 'folder', user],
    ['document:2', 'folder', user],
  ]),
  ...['user:*', 'user:bob', 'team:a#member'].map(user => ['folder:f', 'viewer', user]),
  ['agent:bot', 'owner', 'user:ann'],
].map(([object = '', relation = '', user = '']): StoredTuple => ({ object, relation, user, condition: null }))

const small = (most: number) => ({ name: 'small', context: { most } })
/** Under a condition: the same keys as above now and then, so that a key changes its condition. */
const CONDITIONAL: readonly StoredTuple[] = [
  { object: 'document:1', relation: 'viewer', user: 'user:cat', condition: small(1) },
  { object: 'document:1', relation: 'viewer', user: 'team:a#member', condition: small(2) },
  { object: 'document:1', relation: 'viewer', user: 'team:b#member', condition: small(1) },
  { object: 'document:2', relation: 'viewer', user: 'user:bob', condition: small(2) },
  { object: 'document:1', relation: 'blocked', user: 'user:ann', condition: small(1) },
  { object: 'document:1', relation: 'blocked', user: 'user:cat', condition: small(0) },
]

const shipped = loadShipped()

const fresh = (): OrgState =>
  stateOf(
    {
      org: { slug: 'o', name: 'O', zone: 'UTC' },
      revision: 0,
      model: { id: 'm', dsl: MODEL },
      policy: { version: 1, text: POLICIES[0] ?? '', author: '', note: '', publishedAt: 0 },
      keys: [],
      attributes: [],
      tuples: [],
    },
    shipped,
  )

const isConditional = (a: Answer): a is Extract<Answer, { kind: 'truth' }> => a.kind === 'truth'

type Step = { readonly kind: 'change'; readonly change: Change } | { readonly kind: 'ask'; readonly request: Request }

const tuple = fc.oneof(fc.constantFrom(...TUPLES), fc.constantFrom(...CONDITIONAL))
const attribute = fc.oneof(
  fc.record({ entity: fc.constantFrom(...DOCUMENTS), set: fc.constantFrom({ status: 'public' }, { status: 'draft' }) }),
  fc.record({ entity: fc.constantFrom(...USERS), set: fc.constantFrom({ level: 5 }, { level: 1 }) }),
  fc.record({
    entity: fc.constantFrom(...AGENTS),
    set: fc.constantFrom({ capabilities: ['view:documents'] }, { capabilities: [] }),
  }),
)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: tuple.map(t => ({ kind: 'tuples' as const, writes: [t], deletes: [] })) },
  { weight: 4, arbitrary: tuple.map(t => ({ kind: 'tuples' as const, writes: [], deletes: [t] })) },
  { weight: 3, arbitrary: attribute.map(a => ({ kind: 'attributes' as const, ...a, unset: [] })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('status', 'level', 'capabilities')
      .chain(name =>
        fc
          .constantFrom<Entity>(...DOCUMENTS, ...USERS, ...AGENTS)
          .map(entity => ({ kind: 'attributes' as const, entity, set: {}, unset: [name] })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...POLICIES)
      .map(text => ({ kind: 'policy' as const, version: 2, text, author: '', note: '' })),
  },
)
const request: fc.Arbitrary<Request> = fc.record({
  org: fc.constant('o'),
  subject: fc.constantFrom<Entity>(...USERS, ...AGENTS),
  actors: fc.constantFrom<readonly Entity[]>([], [], AGENTS),
  action: fc.constantFrom('read', 'view'),
  resource: fc.constantFrom(...DOCUMENTS),
  context: fc.constantFrom({}, { size: 0 }, { size: 1 }, { size: 2 }, { size: 3 }),
  at: fc.constantFrom(Date.UTC(2026, 2, 4, 10), Date.UTC(2026, 2, 8, 10)),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  change.map(c => ({ kind: 'change' as const, change: c })),
  request.map(r => ({ kind: 'ask' as const, request: r })),
)

const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** What a record says of the facts where nothing was kept. */
const freshFacts = (state: OrgState, asked: Request) =>
  linksOf(asked).flatMap(link => factsRead([specializeNow(state.set, link, state, () => undefined)]))

describe('the residual cache', () => {
  test('is never stale: over random writes and checks it says what an uncached engine says', () => {
    const conditional = { allow: 0, deny: 0, escalate: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }), steps => {
        const state = fresh()
        let revision = 0
        for (const s of steps) {
          if (s.kind === 'change') {
            revision += 1
            applyChange(state, { revision, at: 0, change: s.change }, shipped)
            continue
          }
          const uncached = decide(
            state.set,
            s.request,
            factsOf(state, () => undefined),
          )
          const { verdict, residuals } = check(state, s.request)
          assert.deepEqual(verdict, uncached)
          for (const { when } of residuals.flatMap(r => r.answers).filter(isConditional)) {
            if (when !== undefined) conditional[verdict.effect]++
          }
          const decision = { id: 'd', ...verdict, policyVersion: 1, revision }
          const read = factsRead(residuals, provedBy(state))
          assert.deepEqual(
            written(read),
            written(freshFacts(state, s.request)),
            'facts with the tuples that prove them',
          )
          const row = rowOf(decision, s.request, residuals, 'm', 'UTC', 0, [], read)
          const { facts: recorded } = recordOf({ ...row, record: JSON.parse(JSON.stringify(row.record)) })
          const replayed = explain(state.set, s.request, recordedFacts(recorded, state.model?.model ?? null)).verdict
          assert.equal(replayed.effect, verdict.effect)
          const rules = { org: 'o', zone: 'UTC', rules: state.rules }
          assert.equal(
            verdict.effect,
            judge(
              rules,
              s.request,
              factsOf(state, () => undefined),
            ).effect,
          )
        }
      }),
      { numRuns: 300, seed: 7, endOnFailure: false },
    )
    assert.ok(conditional.allow > 30 && conditional.deny > 30, JSON.stringify(conditional))
  })

  test('keeps what a write does not touch', () => {
    const state = fresh()
    const ask = (user: string, id: string): void => {
      check(state, {
        org: 'o',
        subject: { type: 'user', id: user },
        actors: [],
        action: 'read',
        resource: { type: 'document', id },
        context: {},
        at: 0,
      })
    }
    ask('ann', '1')
    ask('bob', '2')
    assert.equal(state.cache.size, 2)
    const write = { object: 'document:1', relation: 'shared_with', user: 'team:a', condition: null }
    applyChange(state, { revision: 1, at: 0, change: { kind: 'tuples', writes: [write], deletes: [] } }, shipped)
    ask('bob', '2')
    assert.ok(state.cache.size >= 1)
    const elsewhere = { entity: { type: 'document', id: '77' }, set: { status: 'public' }, unset: [] }
    const before = state.cache.size
    applyChange(state, { revision: 2, at: 0, change: { kind: 'attributes', ...elsewhere } }, shipped)
    assert.equal(state.cache.size, before)
  })
})
