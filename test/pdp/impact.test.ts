import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../src/engine/decide.ts'
import type { DecisionRow, Snapshot, Store } from '../../src/facts/store.ts'
import { factsOf } from '../../src/facts/world.ts'
import { check } from '../../src/pdp/check.ts'
import { impactOf } from '../../src/pdp/impact.ts'
import { countTurns, groupFlips } from '../../src/pdp/impact-rules.ts'
import { type OrgState, stateOf } from '../../src/pdp/org.ts'
import { rowOf } from '../../src/pdp/record.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user]
type document
  relations
    define owner: [user]
    define shared_with: [team]
`

const DEFINITIONS = 'A document has a status of draft or public.\nContractors are users whose employment is contract.'
const OTHER_DEFINITIONS =
  'A document has a status of draft or public.\nContractors are users whose employment is freelance.'

const RULES = [
  'Users can read documents shared with their team.',
  'Users can read documents shared with their team, weekdays only.',
  'Owners of the document can read and edit documents.',
  'Anyone can read public documents.',
  'Contractors cannot edit documents.',
  'Nobody can edit documents outside business hours.',
  'Users cannot read draft documents from 10.0.0.0/8.',
  'Only user:ann can edit documents.',
  'Users need approval from the owner of the document to read draft documents.',
  'Agents can read documents.',
  'Nobody can do anything on Sundays.',
]

const shipped = loadShipped()
const SHARED = 'Business hours are 9am to 5pm on weekdays.'
const policyOf = (rules: readonly string[], other = false) =>
  [other ? OTHER_DEFINITIONS : DEFINITIONS, SHARED, ...rules].join('\n')

const user = fc.constantFrom('ann', 'bob', 'cy')
const document = fc.constantFrom('1', '2', '3')

const tuples: fc.Arbitrary<Snapshot['tuples']> = fc
  .uniqueArray(
    fc.oneof(
      fc.tuple(document, user).map(([d, u]) => `document:${d}#owner@user:${u}`),
      user.map(u => `team:eng#member@user:${u}`),
      document.map(d => `document:${d}#shared_with@team:eng`),
    ),
    { maxLength: 8 },
  )
  .map(lines =>
    lines.map(line => {
      const [, object = '', relation = '', who = ''] = /^(.+)#(.+)@(.+)$/.exec(line) ?? []
      return { object, relation, user: who, condition: null }
    }),
  )

const attributes: fc.Arbitrary<Snapshot['attributes']> = fc
  .record({
    status: fc.dictionary(document, fc.constantFrom('draft', 'public')),
    employment: fc.dictionary(user, fc.constantFrom('contract', 'freelance', 'permanent')),
    able: fc.boolean(),
  })
  .map(({ status, employment, able }) => [
    ...Object.entries(status).map(([id, value]) => ({ entity: { type: 'document', id }, name: 'status', value })),
    ...Object.entries(employment).map(([id, value]) => ({ entity: { type: 'user', id }, name: 'employment', value })),
    ...(able ? [{ entity: { type: 'agent', id: 'bot' }, name: 'capabilities', value: ['read:document'] }] : []),
  ])

const request: fc.Arbitrary<Request> = fc.record({
  org: fc.constant('org'),
  subject: user.map(id => ({ type: 'user', id })),
  actors: fc.constantFrom([], [], [], [{ type: 'agent', id: 'bot' }]),
  action: fc.constantFrom('read', 'edit'),
  resource: fc.option(document, { freq: 6 }).map(id => ({ type: 'document', id })),
  context: fc.constantFrom<Request['context']>({}, { ip: '10.1.2.3' }, { ip: '192.0.2.1' }),
  at: fc.constantFrom('2026-03-04T10:00Z', '2026-03-07T10:00Z', '2026-03-08T23:00Z').map(t => Date.parse(t)),
})

function stateWith(text: string, facts: Pick<Snapshot, 'tuples' | 'attributes'>): OrgState {
  const policy = { version: 3, text, author: '', note: '', publishedAt: 0 }
  const org = { slug: 'org', name: 'org', zone: 'UTC' }
  return stateOf({ org, revision: 7, model: { id: 'm', dsl: MODEL }, policy, keys: [], ...facts }, shipped)
}

/** The log as a store keeps it: newest first, paged. */
function logOf(state: OrgState, requests: readonly Request[]): readonly DecisionRow[] {
  return requests.map((one, i) => {
    const { verdict, residuals } = check(state, one)
    const decision = { id: `dec_${String(i).padStart(4, '0')}`, ...verdict, policyVersion: 3, revision: 7 }
    return JSON.parse(JSON.stringify(rowOf(decision, one, residuals, 'm', 'UTC', 1_000 + i))) as DecisionRow
  })
}

const pageAll = (rows: readonly DecisionRow[]): Pick<Store, 'decisions'> => ({
  decisions: async (_org, { limit, before }) => {
    const newest = rows.toReversed()
    const from = before === null ? 0 : newest.findIndex(r => r.id === before) + 1
    return newest.slice(from, from + limit)
  },
})

const OPTIONS = { last: 10_000, since: null, facts: 'live', patience: 60_000 } as const
const clock = () => 5_000

const edits = fc.record({
  before: fc.subarray(RULES),
  after: fc.subarray(RULES),
  redefine: fc.boolean(),
  facts: fc.record({ tuples, attributes }),
  requests: fc.array(request, { minLength: 1, maxLength: 40 }),
})

test('impact shows exactly the flips that deciding one by one shows', async () => {
  const seen = { flips: 0, redefined: 0 }
  await fc.assert(
    fc.asyncProperty(edits, async ({ before, after, redefine, facts, requests }) => {
      const state = stateWith(policyOf(before), facts)
      const draftText = policyOf(after, redefine)
      const rows = logOf(state, requests)
      const impact = await impactOf(pageAll(rows), shipped, clock, state, draftText, OPTIONS)
      const draft = stateWith(draftText, facts)
      const naive = (one: OrgState, asked: Request) => {
        const verdict = decide(
          one.set,
          asked,
          factsOf(one, () => undefined),
        )
        assert.ok(!('kind' in verdict))
        return verdict.effect
      }
      const expected = requests.flatMap((asked, i) => {
        const [was, is] = [naive(state, asked), naive(draft, asked)]
        return was === is ? [] : [[`dec_${String(i).padStart(4, '0')}`, was, is]]
      })
      assert.deepEqual(impact.flips.map(f => [f.decision, f.before, f.after]).toReversed(), expected)
      assert.deepEqual([impact.looked, impact.complete, impact.unsure], [requests.length, true, 0])
      const grouped = new Set(groupFlips(impact.flips, 1_000).flatMap(g => g.examples.map(f => f.decision)))
      for (const flip of impact.flips) {
        assert.ok(flip.rules.length > 0, 'a flip names what makes it')
        assert.ok(grouped.has(flip.decision))
        assert.equal(flip.logged, flip.before)
      }
      assert.equal(
        countTurns(impact.flips).reduce((sum, t) => sum + t.count, 0),
        impact.flips.length,
      )
      seen.flips += expected.length
      if (redefine && before.includes('Contractors cannot edit documents.')) seen.redefined += expected.length
    }),
    { numRuns: 150 },
  )
  assert.ok(seen.flips > 100 && seen.redefined > 0, 'the edits are such that decisions flip')
})

test('on recorded facts alone no decision flips that recorded too little, and all that recorded enough do', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async ({ before, after, facts, requests }) => {
      const state = stateWith(policyOf(before), facts)
      const rows = logOf(state, requests)
      const text = policyOf(after)
      const live = await impactOf(pageAll(rows), shipped, clock, state, text, OPTIONS)
      const forgotten = stateWith(policyOf(before), { tuples: [], attributes: [] })
      const recorded = await impactOf(pageAll(rows), shipped, clock, forgotten, text, { ...OPTIONS, facts: 'recorded' })
      const flips = new Map(live.flips.map(f => [f.decision, f.after]))
      for (const flip of recorded.flips) assert.equal(flips.get(flip.decision), flip.after)
      assert.ok(recorded.flips.length + recorded.unsure >= live.flips.length)
    }),
    { numRuns: 60 },
  )
})

test('impact looks at no more than it is asked to, and says how far it got', async () => {
  const state = stateWith(policyOf(['Anyone can read public documents.']), { tuples: [], attributes: [] })
  const asked = (id: string): Request => ({
    org: 'org',
    subject: { type: 'user', id },
    actors: [],
    action: 'read',
    resource: { type: 'document', id: '1' },
    context: {},
    at: 0,
  })
  const rows = logOf(
    state,
    Array.from({ length: 2_500 }, (_, i) => asked(`u${i}`)),
  )
  const text = policyOf(['Anyone can read documents.'])
  const run = (options: Partial<typeof OPTIONS> | { last: number } | { since: number } | { patience: number }) =>
    impactOf(pageAll(rows), shipped, clock, state, text, { ...OPTIONS, ...options })
  const all = await run({})
  assert.deepEqual([all.looked, all.flips.length, all.oldest, all.newest], [2_500, 2_500, 1_000, 3_499])
  const last = await run({ last: 1_200 })
  assert.deepEqual([last.looked, last.flips.at(-1)?.decision], [1_200, 'dec_1300'])
  const since = await run({ since: 3_400 })
  assert.deepEqual([since.looked, since.complete], [100, true])
  let now = 0
  const late = await impactOf(pageAll(rows), shipped, () => now++, state, text, { ...OPTIONS, patience: 99 })
  assert.deepEqual([late.looked, late.complete], [99, false])
  const [group] = groupFlips(all.flips, 3)
  assert.deepEqual([group?.in, group?.count, group?.examples.length], ['draft', 2_500, 3])
})
