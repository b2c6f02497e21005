import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../../src/adapters/sql/database.ts'
import { migrate, openDatabase } from '../../../src/adapters/store.ts'
import { wholeExport } from '../../../src/pdp/audit/export.ts'
import { NoExport, verifyExport } from '../../../src/pdp/audit/offline.ts'
import { verifyStore } from '../../../src/pdp/audit/verify.ts'
import { makeRecord, type Record } from '../../support/audit-record.ts'
import { newDatabase, sql } from '../../support/database.ts'
import { type Running, skipWithout, startPostgres } from '../../support/services.ts'

/** Statements as the owner of the database, who is bound by nothing. */
type Owner = (...statements: readonly string[]) => Promise<void>

interface Place {
  readonly record: Record
  readonly owner: Owner
}

const TABLES = ['audit_events', 'audit_heads', 'audit_checkpoints', 'decision_batches'] as const

/** One way to meddle with a record; `a` and `b` choose rows. It names what it needs to be another than before. */
interface Meddling {
  readonly name: string
  readonly sql: (org: string, a: number, b: number) => string
}

const row = (table: string, key: string, n: number) =>
  `(select ${key} from lumoauth.${table} where org = $o order by ${key} offset ${n} % greatest(1, (select count(*) from lumoauth.${table} where org = $o)) limit 1)`
const nth = (n: number) => row('audit_events', 'seq', n)
const batch = (n: number) => row('decision_batches', 'first', n)
const point = (n: number) => row('audit_checkpoints', 'seq', n)

const change = (column: string, value: string): Meddling => ({
  name: `an event's ${column}`,
  sql: (_, a) => `update lumoauth.audit_events set ${column} = ${value} where org = $o and seq = ${nth(a)}`,
})
const batchChange = (column: string, value: string): Meddling => ({
  name: `a batch's ${column}`,
  sql: (_, a) => `update lumoauth.decision_batches set ${column} = ${value} where org = $o and first = ${batch(a)}`,
})
const pointChange = (column: string, value: string): Meddling => ({
  name: `a checkpoint's ${column}`,
  sql: (_, a) => `update lumoauth.audit_checkpoints set ${column} = ${value} where org = $o and seq = ${point(a)}`,
})

const swap = (table: string, key: string, columns: readonly string[], a: string, b: string): string =>
  `update lumoauth.${table} t set ${columns.map(c => `${c} = o.${c}`).join(', ')} from lumoauth.${table} o
    where t.org = $o and o.org = $o and ((t.${key} = ${a} and o.${key} = ${b}) or (t.${key} = ${b} and o.${key} = ${a}))`

const CONTENT = ['at', 'kind', 'outcome', 'actor', 'names', 'event', 'sealed', 'parts', 'prev_hash', 'hash']

const COPY = `(org, seq, id, at, kind, outcome, actor, names, event, sealed, parts, prev_hash, hash)
  select org, S, 'log_copy', at, kind, outcome, actor, names, event, sealed, parts, prev_hash, hash from lumoauth.audit_events`

const MEDDLINGS: readonly Meddling[] = [
  change('id', `id || 'x'`),
  change('at', 'at + 1'),
  change('kind', `kind || 'x'`),
  change('outcome', `'pending'`),
  change('actor', `coalesce(actor, '') || 'x'`),
  change('names', 'names || 1::bigint'),
  change('names', `'{}'`),
  change('event', `replace(event::text, '"at":1', '"at":2')::json`),
  change('event', `replace(event::text, 'agent:', 'agent:x')::json`),
  change('event', `replace(event::text, '"outcome":"success"', '"outcome":"failure"')::json`),
  change('event', `replace(event::text, '{"', '{ "')::json`),
  change('sealed', `sealed || repeat('0', 64)`),
  change('sealed', `'{}'`),
  change('parts', `replace(parts::text, 'because', 'as')::json`),
  change('parts', `replace(parts::text, 'alice', 'bob')::json`),
  change('parts', `replace(parts::text, '"salt":"', '"salt":"0')::json`),
  change('parts', `'[null,null,null,null]'`),
  change('prev_hash', `repeat('a', 64)`),
  change('hash', `repeat('a', 64)`),
  {
    name: 'an event is removed',
    sql: (_, a) => `delete from lumoauth.audit_events where org = $o and seq = ${nth(a)}`,
  },
  {
    name: 'the last events are removed, and the head moved back',
    sql: (
      _,
      a,
    ) => `with cut as (select seq, hash from lumoauth.audit_events where org = $o order by seq desc offset 1 + ${a % 6} limit 1),
        gone as (delete from lumoauth.audit_events where org = $o and seq > (select seq from cut))
      update lumoauth.audit_heads set seq = cut.seq, hash = cut.hash from cut where org = $o
        and cut.seq <= (select max(seq) from lumoauth.audit_checkpoints where org = $o)`,
  },
  {
    name: 'an event is removed, and those behind it move up',
    sql: (_, a) => `with gone as (delete from lumoauth.audit_events where org = $o and seq = ${nth(a)} returning seq)
      update lumoauth.audit_heads set seq = seq - 1 where org = $o and exists (select from gone);
      update lumoauth.audit_events set seq = -seq where false`,
  },
  {
    name: 'an event is put at the end',
    sql: (_, a) => `insert into lumoauth.audit_events ${COPY.replace('S', '1000')} where org = $o and seq = ${nth(a)}`,
  },
  {
    name: 'an event is put behind the last',
    sql: (_, a) =>
      `insert into lumoauth.audit_events ${COPY.replace('S', '(select max(seq) + 1 from lumoauth.audit_events where org = $o)')} where org = $o and seq = ${nth(a)}`,
  },
  {
    name: 'an event is put behind the last, and the head with it',
    sql: (_, a) =>
      `insert into lumoauth.audit_events ${COPY.replace('S', '(select max(seq) + 1 from lumoauth.audit_events where org = $o)')} where org = $o and seq = ${nth(a)};
      update lumoauth.audit_heads h set seq = e.seq, hash = e.hash from lumoauth.audit_events e
        where h.org = $o and e.org = $o and e.id = 'log_copy'`,
  },
  { name: 'two events change places', sql: (_, a, b) => swap('audit_events', 'seq', CONTENT, nth(a), nth(b)) },
  {
    name: 'two events change what they say',
    sql: (_, a, b) => swap('audit_events', 'seq', ['event', 'sealed', 'parts'], nth(a), nth(b)),
  },
  {
    name: 'the head says another place',
    sql: (_, a) => `update lumoauth.audit_heads set seq = seq + ${1 + (a % 3)} where org = $o`,
  },
  { name: 'the head says an earlier place', sql: () => `update lumoauth.audit_heads set seq = seq - 1 where org = $o` },
  {
    name: 'the head says another hash',
    sql: () => `update lumoauth.audit_heads set hash = repeat('a', 64) where org = $o`,
  },
  { name: 'the head is removed', sql: () => 'delete from lumoauth.audit_heads where org = $o' },
  batchChange('rows', `rows || '\\x00'::bytea`),
  batchChange('rows', `set_byte(rows, octet_length(rows) / 2, (get_byte(rows, octet_length(rows) / 2) + 1) % 256)`),
  batchChange('rows', `''::bytea`),
  batchChange('count', 'count + 1'),
  batchChange('last', `last || 'x'`),
  batchChange('earliest', 'earliest + 1'),
  batchChange('latest', 'latest - 1'),
  batchChange('effects', '(effects + 1) % 8'),
  batchChange('subjects', `'{}'`),
  batchChange('seq', 'seq + 1'),
  batchChange('seq', 'null'),
  {
    name: 'a batch is removed',
    sql: (_, a) => `delete from lumoauth.decision_batches where org = $o and first = ${batch(a)}`,
  },
  {
    name: 'a batch is put in',
    sql: (
      _,
      a,
    ) => `insert into lumoauth.decision_batches (org, first, last, count, earliest, latest, effects, subjects, rows, seq)
      select org, first, last || 'x', count, earliest, latest, effects, subjects, rows, seq from lumoauth.decision_batches
        where org = $o and first = ${batch(a)}`,
  },
  {
    name: 'two batches change what they hold',
    sql: (_, a, b) => swap('decision_batches', 'first', ['rows'], batch(a), batch(b)),
  },
  pointChange('hash', `repeat('a', 64)`),
  pointChange('jws', `jws || 'x'`),
  pointChange('jws', `''`),
  pointChange('seq', 'seq - 1'),
  pointChange('at', 'at + 1'),
  {
    name: 'a checkpoint is removed',
    sql: (_, a) => `delete from lumoauth.audit_checkpoints where org = $o and seq = ${point(a)}`,
  },
  {
    name: 'a checkpoint is put in',
    sql: (
      _,
      a,
    ) => `insert into lumoauth.audit_checkpoints select org, seq + 1, hash, at, jws from lumoauth.audit_checkpoints
      where org = $o and seq = ${point(a)}`,
  },
  {
    name: 'two checkpoints change places',
    sql: (_, a, b) => swap('audit_checkpoints', 'seq', ['hash', 'at', 'jws'], point(a), point(b)),
  },
  {
    name: 'everything is removed',
    sql: () => `delete from lumoauth.audit_events where org = $o; delete from lumoauth.audit_heads where org = $o`,
  },
]

/** Every row of the record, as text. */
const whole = (db: Place) => db.record.org

function suite(name: string, open: () => Promise<Place>, skip: string | false, close: () => Promise<void>): void {
  describe(`meddling with the record on ${name}`, { skip }, () => {
    let place: Place
    let dump: () => Promise<string>
    before(async () => {
      place = await open()
      const { org, store } = place.record
      dump = async () =>
        JSON.stringify([
          await store.auditHead(org),
          await store.auditStored(org, -1, 1_000),
          await store.checkpoints(org, -1, 1_000),
          await store.decisionBatches(org, null, 1_000),
        ])
      await place.owner(
        ...TABLES.map(t => `create table public.${t} as select * from lumoauth.${t} where org = '${org}'`),
      )
    })
    after(close)

    const restore = () =>
      place.owner(
        ...TABLES.flatMap(t => [
          `delete from lumoauth.${t} where org = '${whole(place)}'`,
          `insert into lumoauth.${t} select * from public.${t}`,
        ]),
      )
    const check = async () => verifyStore(place.record.store, place.record.org, await place.record.keys())

    test('nothing is found where nobody meddled', async () => {
      const report = await check()
      assert.deepEqual(report.findings, [])
      assert.deepEqual([report.from, report.checkpoints, report.batches], [1, 2, 2])
      assert.equal(report.events, report.to)
    })

    for (const meddling of MEDDLINGS) {
      test(`found: ${meddling.name} (${meddling.sql('', 0, 0).slice(0, 90).replace(/\s+/g, ' ')})`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.nat(40), fc.nat(40), async (a, b) => {
            const before = await dump()
            const text = meddling.sql(place.record.org, a, b).replaceAll('$o', `'${place.record.org}'`)
            try {
              await place.owner(text)
              if ((await dump()) === before) return
              const report = await check()
              assert.equal(report.ok, false, `not found: ${text}`)
              assert.ok(report.findings.every(({ why }) => why !== ''))
            } finally {
              await restore()
            }
            assert.equal((await check()).ok, true)
          }),
          { numRuns: 4, seed: 7 },
        )
      })
    }

    test('any meddling with an export is found', async () => {
      const { record } = place
      const { signal } = new AbortController()
      let text = ''
      for await (const piece of wholeExport(record.store, record.org, await record.keys(), 0, signal)) text += piece
      const lines = text.trimEnd().split('\n')
      const verdict = async (changed: readonly string[]): Promise<boolean> => {
        const given = async function* () {
          yield* changed
        }
        try {
          return (await verifyExport(given(), [], new Map())).ok
        } catch (error) {
          assert.ok(error instanceof NoExport, String(error))
          return false
        }
      }
      assert.equal(await verdict(lines), true)
      const sort = (line = ''): string => line.slice(0, 13)
      const at = fc.nat(lines.length - 1)
      const meddled = fc.oneof(
        at.map(i => lines.filter((_, n) => n !== i)),
        at.map(i => [...lines.slice(0, i), lines[i] ?? '', ...lines.slice(i)]),
        fc.tuple(at, at).map(([i, j]) => {
          // The order of checkpoints, and that of batches, says nothing.
          if (sort(lines[i]) === sort(lines[j]) && !sort(lines[i]).startsWith('{"event"')) return lines
          return lines.map((line, n) => (n === i ? (lines[j] ?? '') : n === j ? (lines[i] ?? '') : line))
        }),
        fc
          .tuple(fc.integer({ min: 1, max: lines.length - 1 }), fc.nat(), fc.constantFrom('0', 'x', ' ', '"'))
          .map(([i, p, c]) =>
            lines.map((line, n) =>
              n === i ? `${line.slice(0, p % line.length)}${c}${line.slice((p % line.length) + 1)}` : line,
            ),
          ),
      )
      await fc.assert(
        fc.asyncProperty(meddled, async changed => {
          if (changed.join('\n') === lines.join('\n')) return
          assert.equal(
            await verdict(changed),
            false,
            changed.find((line, n) => line !== lines[n]),
          )
        }),
        { numRuns: 200, seed: 11 },
      )
    })

    test('the last events are gone and so are all checkpoints: one that somebody kept tells', async () => {
      const { record, owner } = place
      const kept = (await record.store.checkpoints(record.org, 0, 100)).map(({ jws }) => jws)
      const o = `'${record.org}'`
      await owner(
        `delete from lumoauth.audit_events where org = ${o} and seq > 5`,
        `delete from lumoauth.audit_checkpoints where org = ${o}`,
        `delete from lumoauth.decision_batches where org = ${o}`,
        `update lumoauth.audit_heads h set seq = e.seq, hash = e.hash from lumoauth.audit_events e where h.org = ${o} and e.org = ${o} and e.seq = 5`,
      )
      assert.equal((await check()).ok, true, 'nothing is left in the database to tell by')
      const report = await verifyStore(record.store, record.org, await record.keys(), kept)
      assert.match(report.findings[0]?.why ?? '', /ends before the checkpoint/)
      await restore()
    })
  })
}

let embedded: Database
suite(
  'pglite',
  async () => {
    embedded = await openDatabase({ kind: 'memory' })
    const record = await makeRecord(embedded)
    const owner: Owner = async (...statements) => {
      await embedded.exec('reset role')
      try {
        await embedded.exec(statements.join(';\n'))
      } finally {
        await embedded.exec('set role lumoauth_service')
      }
    }
    return { record, owner }
  },
  false,
  () => embedded.close(),
)

const server = await startPostgres()
let served: Database
suite(
  'postgresql',
  async () => {
    const url = await newDatabase((server as Running).url)
    await migrate({ kind: 'postgres', url })
    served = await openDatabase({ kind: 'postgres', url })
    return { record: await makeRecord(served), owner: async (...statements) => void (await sql(url, ...statements)) }
  },
  skipWithout(server),
  async () => {
    await served?.close()
    if (server.kind === 'running') await server.stop()
  },
)
