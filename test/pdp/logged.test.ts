import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { batchOf, textOf } from '../../src/adapters/sql/decision-batch.ts'
import { rowsIn } from '../../src/adapters/sql/decision-rows.ts'
import { isLike, type Loggable, wholeRow } from '../../src/facts/logged.ts'
import { doing } from '../../src/lib/origin.ts'
import { check } from '../../src/pdp/check.ts'
import { loggedOf, type Under } from '../../src/pdp/logged.ts'
import { type OrgState, stateOf } from '../../src/pdp/org.ts'
import { factsRead, provedBy, rowOf } from '../../src/pdp/record.ts'
import type { Decision } from '../../src/policy/decision.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type document
  relations
    define owner: [user]
`

const POLICY = `A document has a status of draft or public.
Owners of the document can read and edit documents.
Agents can read documents.
Users need approval from the owner of the document to edit draft documents.
Nobody can read documents from 10.0.0.0/8.
Nobody can edit documents on Sundays.`

const shipped = loadShipped()

function fresh(): OrgState {
  const text = (line: string): { object: string; relation: string; user: string; condition: null } => {
    const [object = '', relation = '', user = ''] = line.split(' ')
    return { object, relation, user, condition: null }
  }
  return stateOf(
    {
      org: { slug: 'o', name: 'o', zone: 'UTC' },
      revision: 1,
      model: { id: 'm', dsl: MODEL },
      policy: { version: 1, text: POLICY, author: '', note: '', publishedAt: 0 },
      keys: [],
      tuples: ['document:1 owner user:ann', 'document:2 owner user:ann', 'agent:bot owner user:ann'].map(text),
      attributes: [{ entity: { type: 'document', id: '2' }, name: 'status', value: 'draft' }],
    },
    shipped,
  )
}

const bot = { type: 'agent', id: 'bot' }
const request: fc.Arbitrary<Request> = fc.record({
  org: fc.constant('o'),
  subject: fc.constantFrom({ type: 'user', id: 'ann' }, { type: 'user', id: 'bob' }),
  actors: fc.constantFrom([], [], [bot], [bot, { type: 'agent', id: 'other' }]),
  action: fc.constantFrom('read', 'edit'),
  resource: fc.constantFrom(
    { type: 'document', id: '1' },
    { type: 'document', id: '2' },
    { type: 'document', id: null },
  ),
  context: fc.constantFrom<Request['context']>({}, { ip: '10.1.2.3' }, { ip: '192.0.2.1' }),
  at: fc.constantFrom('2026-03-04T10:00Z', '2026-03-08T23:00Z').map(text => Date.parse(text)),
})

type Made = readonly [Decision, Request, model: string | null, zone: string]

/** How a decision may differ from another of the same residuals, each in one place. */
const OTHERWISE: readonly (readonly [name: string, of: (made: Made) => Made])[] = [
  ['policy version', ([d, ...more]) => [{ ...d, policyVersion: 2 }, ...more]],
  ['effect', ([d, ...more]) => [{ ...d, effect: 'escalate' }, ...more]],
  ['end', ([d, ...more]) => [{ ...d, validUntil: 5 }, ...more]],
  ['reasons', ([d, ...more]) => [{ ...d, reasons: d.reasons.map(one => ({ ...one, sentence: 'x' })) }, ...more]],
  ['fewer reasons', ([d, ...more]) => [{ ...d, reasons: [] }, ...more]],
  ['what is missing', ([d, ...more]) => [{ ...d, missing: d.missing.map(one => ({ ...one, text: 'x' })) }, ...more]],
  ['order of what is missing', ([d, ...more]) => [{ ...d, missing: d.missing.toReversed() }, ...more]],
  ['obligations', ([d, ...more]) => [{ ...d, obligations: d.obligations.map(o => ({ ...o, on: 'x' })) }, ...more]],
  ['charges', ([d, ...more]) => [{ ...d, charges: [] }, ...more]],
  ['overages', ([d, ...more]) => [{ ...d, over: [] }, ...more]],
  ['copies', ([d, ...more]) => [structuredClone(d), ...more]],
  ['task', ([d, r, ...more]) => [d, { ...r, task: 'task_1' }, ...more]],
  ['other task', ([d, r, ...more]) => [d, { ...r, task: 'task_2' }, ...more]],
  ['no task', ([d, r, ...more]) => [d, { ...r, task: null }, ...more]],
  ['subject', ([d, r, ...more]) => [d, { ...r, subject: { ...r.subject, properties: { a: 1 } } }, ...more]],
  ['resource', ([d, r, ...more]) => [d, { ...r, resource: { ...r.resource, properties: { a: 1 } } }, ...more]],
  ['model', ([d, r, _, zone]) => [d, r, null, zone]],
  ['zone', ([d, r, model]) => [d, r, model, 'Europe/Berlin']],
]

const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const under = (state: OrgState, model: string | null, zone: string): Under => ({
  ...state,
  model: model === null || state.model === null ? null : { ...state.model, id: model },
  org: { ...state.org, zone },
})

/** Logs a decision in three ways: as the log takes it, as it must be read back, and whether it was found to be like another. */
function logged(state: OrgState, asked: Request, id: string, otherwise: number | null) {
  const checked = check(state, asked)
  const { verdict, residuals, meters } = checked
  const decision: Decision = { id, ...verdict, policyVersion: 1, revision: 1 }
  const same: Made = [decision, asked, 'm', 'UTC']
  const [d, r, model, zone] = otherwise === null ? same : (OTHERWISE[otherwise]?.[1](same) ?? same)
  const row = loggedOf(d, r, checked, under(state, model, zone), asked.at + 1)
  const facts = factsRead(residuals, provedBy(state))
  return {
    row,
    whole: rowOf(d, r, residuals, model, zone, asked.at + 1, meters, facts),
  }
}

const within = <T>(trace: string | null | undefined, work: () => T): T =>
  trace === undefined
    ? work()
    : doing({ origin: () => ({ actor: null, trace, ip: null }), trace: () => trace, span: null }, work)

describe('a decision as the log takes it', () => {
  test('law: is read back as the whole of its row, whatever was logged of its residuals before', () => {
    const one = fc.record({
      of: fc.nat(2),
      otherwise: fc.option(fc.nat(OTHERWISE.length - 1), { freq: 2 }),
      trace: fc.constantFrom<string | null | undefined>(undefined, null, 't1', 't2'),
    })
    let like = 0
    let all = 0
    fc.assert(
      fc.property(fc.tuple(request, request, request), fc.array(one, { minLength: 10, maxLength: 80 }), (few, asks) => {
        const state = fresh()
        const rows: Loggable[] = []
        const wholes: unknown[] = []
        for (const [i, { of, otherwise, trace }] of asks.entries()) {
          const { row, whole } = within(trace, () => logged(state, few[of] as Request, `d${i}`, otherwise))
          const { once: _, ...kept } = whole
          const { once: __, ...made } = wholeRow(row)
          assert.deepEqual(written(made), written(kept))
          rows.push(row)
          wholes.push(written(kept))
          all += 1
          if (isLike(row)) like += 1
        }
        const half = rows.length >> 1
        const read = [rows.slice(0, half), rows.slice(half)].flatMap(some => rowsIn(textOf(batchOf(some))))
        assert.deepEqual(read, wholes)
      }),
      { numRuns: 150, seed: 12 },
    )
    assert.ok(like > all / 4, `${like} of ${all}`)
  })

  for (const [place, [name]] of OTHERWISE.entries()) {
    test(`is told from one that is otherwise in one place: ${name}`, () => {
      const state = fresh()
      const asks: readonly Request[] = fc.sample(request, { numRuns: 40, seed: 3 })
      for (const asked of asks) {
        for (const otherwise of [null, null, null, place, null, place]) {
          const { row, whole } = logged(state, asked, 'd', otherwise)
          const { once: _, ...kept } = whole
          assert.deepEqual(rowsIn(textOf(batchOf([row]))), [written(kept)])
        }
      }
    })
  }

  test('that is made again and again is like the one before, through a chain too', () => {
    const state = fresh()
    const asks: readonly Request[] = fc.sample(request, { numRuns: 60, seed: 5 })
    for (const asked of asks) for (let i = 0; i < 3; i += 1) logged(state, asked, 'd', null)
    for (const asked of asks) assert.ok(isLike(logged(state, asked, 'd', null).row), JSON.stringify(asked))
  })
  test('keeps nothing of residuals that no cache holds any more', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const logs = (): WeakRef<object>[] => {
      const state = fresh()
      return fc.sample(request, { numRuns: 60, seed: 5 }).flatMap(asked => {
        const made = [1, 2, 3].map(n => logged(state, asked, `d${n}`, null))
        batchOf(made.flatMap(({ row, whole }) => [row, whole]))
        const { residuals } = check(state, asked)
        return residuals.flatMap(one => [one, one.made.facts ?? []]).map(one => new WeakRef(one))
      })
    }
    const kept = logs()
    assert.ok(kept.length > 100)
    const left = (): number => kept.filter(one => one.deref() !== undefined).length
    // What V8 compiles at the moment it holds for a while.
    for (let tries = 0; tries === 0 || (left() > 0 && tries < 50); tries += 1) {
      await turn()
      collect()
    }
    assert.equal(left(), 0)
  })
})
