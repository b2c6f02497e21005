import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { aboutOf } from '../../src/adapters/sql/decision-about.ts'
import { batchOf, openBatch, textOf } from '../../src/adapters/sql/decision-batch.ts'
import { rowsIn } from '../../src/adapters/sql/decision-rows.ts'
import { byteOrder } from '../../src/adapters/sql/decision-span.ts'
import { type Alike, type LikeRow, type Loggable, wholeRow } from '../../src/facts/logged.ts'
import type { DecisionRow } from '../../src/facts/store.ts'
import { nextIn, type Run } from '../../src/lib/ids.ts'
import type { Json, JsonObject } from '../../src/policy/json.ts'

const FACTS = [{ question: { kind: 'relation', object: 'document:1' }, answer: { kind: 'truth', truth: 'yes' } }]

const row = (n: number, request: JsonObject = {}, record: JsonObject = {}): DecisionRow => ({
  ...{ id: `dec_${String(n).padStart(4, '0')}`, at: n, effect: 'allow', subject: 'user:a' },
  ...{ action: 'view', resource: 'document:1' },
  record: {
    request: {
      ...{ org: 'o', subject: { type: 'user', id: 'a' }, actors: [], action: 'view' },
      ...{ resource: { type: 'document', id: '1' }, context: { ip: '192.0.2.7' }, at: n - 1, ...request },
    },
    ...{ effect: 'allow', reasons: [], revision: 1, facts: FACTS, trace: `t${n}`, ...record },
  },
})

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Two rows that differ in one place, however little. */
const DIFFERENT: readonly (readonly [name: string, a: DecisionRow, b: DecisionRow])[] = [
  ['id and instant', row(1), row(2)],
  ['context', row(1), row(1, { context: { ip: '192.0.2.8' } })],
  ['context of other members', row(1), row(1, { context: { ip: '192.0.2.7', amount: 1 } })],
  ['no context', row(1), row(1, { context: null })],
  ['a list as context', row(1), row(1, { context: [] })],
  ['trace', row(1), row(1, {}, { trace: 'other' })],
  ['no trace', row(1), row(1, {}, { trace: null })],
  ['a list as trace', row(1), row(1, {}, { trace: [1] })],
  ['task', row(1), row(1, { task: 'task_1' })],
  ['actors', row(1), row(1, { actors: [{ type: 'agent', id: 'b' }] })],
  ['properties of the subject', row(1), row(1, { subject: { type: 'user', id: 'a', properties: { x: 1 } } })],
  ['a subject that reads the same', row(1), row(1, { subject: { type: 'us', id: 'er:a' } })],
  ['what nobody knows of, in the request', row(1, { more: 1 }), row(1, { more: 2 })],
  ['what nobody knows of', row(1, {}, { more: [1] }), row(1, {}, { more: [2] })],
  ['effect', row(1), { ...row(1), effect: 'deny' }],
  ['revision', row(1), row(1, {}, { revision: 2 })],
  ['facts', row(1), row(1, {}, { facts: [...FACTS, ...FACTS] })],
  ['reasons', row(1), row(1, {}, { reasons: [{ rule: 'r' }] })],
  ['charges', row(1), row(1, {}, { charges: [{ meter: 'm', amount: '1' }] })],
  ['no request', row(1), { ...row(1), record: { facts: FACTS } }],
  ['no record', row(1), { ...row(1), record: {} }],
]

describe('a batch of decisions', () => {
  for (const [name, a, b] of DIFFERENT) {
    test(`keeps rows apart: ${name}`, () => {
      assert.deepEqual(rowsIn(textOf(batchOf([a, b, a]))), plain([a, b, a]))
      assert.deepEqual(rowsIn(textOf(batchOf([b, a]))), plain([b, a]))
    })
  }

  test('law: any rows are read as they were written, and found by what they span', () => {
    const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
    const few = fc.constantFrom<Json>(1, 'a', null, [], [1], {}, { a: 1 }, { a: [1] })
    const member = fc.oneof(few, json)
    const actors = fc.constantFrom<Json>([], [{ type: 'agent', id: 'b' }], [{ type: 'agent', id: 'c' }])
    const request = fc.record(
      { org: few, subject: member, actors, context: member, at: fc.nat(3), task: few, other: few },
      { requiredKeys: [] },
    )
    const record = fc.record(
      { request: fc.oneof(request, few), reasons: few, facts: few, trace: member, validUntil: few, more: few },
      { requiredKeys: [] },
    )
    const name = fc.constantFrom('a', 'user:b', 'ü', '😀', '\uffff', '"', '\\')
    const anyRow: fc.Arbitrary<DecisionRow> = fc.record({
      ...{ id: fc.oneof(name, fc.string()), at: fc.nat(5), effect: fc.constantFrom('allow', 'deny', 'escalate') },
      ...{ subject: name, action: name, resource: name, record: record as fc.Arbitrary<JsonObject> },
    })
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 12 }), rows => {
        const batch = batchOf(rows)
        assert.deepEqual(rowsIn(textOf(batch)), plain(rows))
        assert.deepEqual(batchOf(rowsIn(textOf(batch))).bytes, batch.bytes, 'a batch that is read makes the same')
        const ids = rows.map(({ id }) => id.toWellFormed().replaceAll('\0', '\uFFFD')).sort(byteOrder)
        const times = rows.map(({ at }) => at)
        const { first, last, earliest, latest, effects, subjects } = batch
        assert.deepEqual([first, last], [ids[0], ids.at(-1)])
        assert.deepEqual([earliest, latest], [Math.min(...times), Math.max(...times)])
        assert.deepEqual(effects, new Set(rows.map(({ effect }) => effect)))
        assert.deepEqual(subjects, new Set(rows.flatMap(one => aboutOf(one.subject, one.record))))
      }),
      { numRuns: 300, seed: 3 },
    )
  })

  test('law: rows of decisions alike are read as they were said to be, among any others', () => {
    const json = fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>
    const context = fc.oneof(
      fc.constant<JsonObject>({}),
      fc.constantFrom<JsonObject>({ ip: '192.0.2.7' }, { ip: '192.0.2.8' }, { time: 'a"b' }),
      fc.dictionary(fc.constantFrom('a', 'b'), json),
    )
    const instant = fc.oneof({ arbitrary: fc.nat(2), weight: 6 }, fc.constantFrom(Number.MAX_SAFE_INTEGER, 0.5, -1e300))
    const given = fc.oneof(fc.constantFrom('dec_1', 'dec_2', 'ü', '"'), fc.string())
    /** Given, or made in one of two runs after so many others. */
    const id = fc.oneof(given, fc.record({ run: fc.nat(1), after: fc.constantFrom(0, 0, 0, 1, 2) }))
    const own = fc.record({
      ...{ of: fc.nat(5), whole: fc.boolean(), id, at: instant, asked: instant, context },
      ...{ trace: fc.constantFrom('t1', 't2', '"', null), revision: fc.constantFrom(1, 2) },
    })
    fc.assert(
      fc.property(fc.array(fc.array(own, { minLength: 1, maxLength: 12 }), { maxLength: 3 }), batches => {
        const alikes: readonly Alike[] = Array.from({ length: 6 }, (_, n) => {
          const long = n === 5 ? { facts: [...FACTS, { name: 'x'.repeat(3_000) }] } : {}
          const { record, ...found } = row(0, { subject: { type: 'user', id: `a${n % 3}` } }, long)
          const { trace, ...untraced } = record
          return {
            ...{ known: null, batch: null, place: 0 },
            row: { ...found, record: n % 2 === 0 ? { ...untraced, trace: trace ?? null } : untraced },
          }
        })
        const runs: readonly Run[] = ['dec_a', 'dec_b'].map(head => ({ head, at: 0, made: 0 }))
        const made = (id: string | { run: number; after: number }): Pick<LikeRow, 'id' | 'run' | 'place'> => {
          if (typeof id === 'string') return { id, run: null, place: 0 }
          const run = runs[id.run] as Run
          for (let n = 0; n < id.after; n += 1) nextIn(run)
          return { place: run.made, id: nextIn(run), run }
        }
        for (const batch of batches) {
          const rows: readonly Loggable[] = batch.map(({ of, whole, trace, id, ...rest }) => {
            const alike = alikes[of] as Alike
            const traced = alike.row.record.trace === undefined ? undefined : trace
            const like = { ...rest, ...made(id), alike, trace: traced }
            return whole ? wholeRow(like) : like
          })
          const { first, last, ...written } = batchOf(rows)
          assert.deepEqual(rowsIn(textOf({ first, last, ...written })), plain(rows.map(wholeRow)))
          const ids = rows.map(({ id }) => id.toWellFormed().replaceAll('\0', '\uFFFD')).sort(byteOrder)
          assert.deepEqual([first, last], [ids[0], ids.at(-1)])
        }
      }),
      { numRuns: 500, seed: 4 },
    )
  })

  test('says of decisions of one call no more than their ids and kinds', () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ ...row(5, {}, { trace: 't' }), id: `dec_${n}` }))
    const text = textOf(batchOf(rows))
    assert.deepEqual(rowsIn(text), plain(rows))
    assert.ok(text.length < 1_000 * 14 + 1_000, `${text.length}`)
  })

  test('says of decisions made one after another no more than their kinds', () => {
    const alike: Alike = { known: null, batch: null, place: 0, row: row(5, { context: {} }, { trace: null }) }
    const run: Run = { head: 'dec_0123456789abcdef', at: 5, made: 0 }
    const rows: readonly LikeRow[] = Array.from({ length: 256 }, (_, place) => ({
      ...{ alike, place, id: nextIn(run), run, at: 5, asked: 5, context: {}, trace: null, revision: 1 },
    }))
    const text = textOf(batchOf(rows))
    assert.deepEqual(rowsIn(text), plain(rows.map(wholeRow)))
    assert.ok(text.length < 256 * 2 + 1_000, `${text.length}`)
  })

  test('whose instants are said in full, as releases before wrote it, is read', () => {
    const kind = { effect: 'allow', subject: 'user:a', action: 'view', resource: 'document:1' }
    const form = JSON.stringify({ ...kind, own: [['request', 'at'], ['revision']], record: { request: { at: null } } })
    const text = JSON.stringify({ forms: [form], kinds: [[0]], lists: [], rows: [['dec_1', 5, 0, 4, 7]] })
    assert.deepEqual(rowsIn(text), [{ id: 'dec_1', at: 5, ...kind, record: { request: { at: 4 }, revision: 7 } }])
  })

  test('says what many decisions rest on once', () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => row(n))
    const copies = rows.map(plain)
    assert.ok(batchOf(rows).bytes.length < 60_000)
    assert.ok(batchOf(copies).bytes.length < 60_000, 'also where it is no longer the same object')
  })

  test('a row that cannot be said leaves nothing behind, and those around it as they are', () => {
    const run: Run = { head: `dec_${'0'.repeat(28)}`, at: 5, made: 0 }
    const alike: Alike = { known: null, batch: null, place: 0, row: row(5, { context: {} }, { trace: null }) }
    const next = (trace: string): LikeRow => {
      const place = run.made
      return { ...{ alike, place, id: nextIn(run), run, at: 5, asked: 5, context: {} }, trace, revision: 1 }
    }
    const silent = { length: 1 } as unknown as string
    const none = null as unknown as string
    const rows: readonly (readonly [good: boolean, row: Loggable])[] = [
      [true, next('t1')],
      [false, { ...next('t2'), trace: silent }],
      [true, next('t2')],
      [true, next('t2')],
      [false, { ...next('t2'), id: none, run: null }],
      [true, row(5)],
      [false, { ...row(6), id: none }],
      [true, next('t2')],
      [false, { ...next('t3'), trace: silent }],
    ]
    const batch = openBatch()
    for (const [good, one] of rows) {
      if (good) batch.add(one)
      else assert.throws(() => batch.add(one))
    }
    const good = rows.filter(([is]) => is).map(([, one]) => wholeRow(one))
    const made = batch.closed()
    assert.deepEqual(rowsIn(textOf(made)), plain(good))
    const ids = good.map(one => one.id).sort()
    assert.deepEqual([made.count, made.first, made.last], [good.length, ids[0], ids.at(-1)])
  })

  test('says once what is alike but for names', () => {
    const one = (user: string, document: string, n: number): DecisionRow => {
      const proof = [{ object: `document:${document}`, relation: 'viewer', user: `user:${user}` }]
      const question = { kind: 'relation', object: { type: 'document', id: document } }
      return {
        ...row(n, { subject: { type: 'user', id: user }, resource: { type: 'document', id: document } }),
        ...{ subject: `user:${user}`, resource: `document:${document}` },
        record: {
          ...row(n).record,
          request: { subject: { type: 'user', id: user }, resource: { type: 'document', id: document }, context: {} },
          reasons: [{ rule: 'r', sentence: `${user} may view document:${document}` }],
          facts: [{ question, answer: { kind: 'truth', truth: 'yes', proof } }],
        },
      }
    }
    const rows = Array.from({ length: 50 }, (_, n) => one(`u${n}`, `d"${n}`, n))
    const text = textOf(batchOf(rows))
    assert.deepEqual(rowsIn(text), plain(rows))
    assert.equal((JSON.parse(text) as { forms: unknown[] }).forms.length, 1)
    assert.ok(text.length < 50 * 90, `${text.length}`)
  })

  test('with names in each kind, as releases before wrote it, is read', () => {
    const kind = { effect: 'allow', subject: 'user:a', action: 'view', resource: 'document:1' }
    const common = { ...kind, own: [['request', 'at'], ['trace']], record: { request: { at: null }, trace: null } }
    const text = JSON.stringify({ kinds: [common], lists: [['t']], rows: [['dec_1', 5, 0, 4, [0]]] })
    assert.deepEqual(rowsIn(text), [{ id: 'dec_1', at: 5, ...kind, record: { request: { at: 4 }, trace: ['t'] } }])
  })

  test('of a release before is read', () => {
    const text = `{"shapes":[["request","effect","reasons","facts"]],"lists":[[{"rule":"r"}],[{"question":1}]],"rows":[
      ["dec_1",5,"allow","user:a","view","document:1",0,{"at":4},"allow",[0],[1]],
      ["dec_2",6,"deny","user:b","view","document",0,{"at":5},"deny",[],[1]]]}`
    const reasons = [{ rule: 'r' }]
    const facts = [{ question: 1 }]
    assert.deepEqual(rowsIn(text), [
      {
        ...{ id: 'dec_1', at: 5, effect: 'allow', subject: 'user:a', action: 'view', resource: 'document:1' },
        record: { request: { at: 4 }, effect: 'allow', reasons, facts },
      },
      {
        ...{ id: 'dec_2', at: 6, effect: 'deny', subject: 'user:b', action: 'view', resource: 'document' },
        record: { request: { at: 5 }, effect: 'deny', reasons: [], facts },
      },
    ])
  })
})
