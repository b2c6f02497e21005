import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sealedEvent } from '../../../src/adapters/sealed-event.ts'
import type { Database } from '../../../src/adapters/sql/database.ts'
import type { AuditEvent } from '../../../src/facts/audit.ts'
import { NO_HASH, numberOf, split } from '../../../src/facts/audit-parts.ts'
import { canonical } from '../../../src/policy/canonical.ts'
import type { Json } from '../../../src/policy/json.ts'
import { assertLinked, auditBatch } from './audit.ts'
import type { Case } from './bench.ts'

/** Text of any kind, control characters among it, that a database can hold. */
const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('\x1e', '\x1f', 'a\tb\nc', '{"}', '\\N', "'"))
  .map(one => one.replaceAll('\0', '').toWellFormed())
const entity = fc.tuple(fc.constantFrom('user', 'agent', 'key'), text).map(([type, id]) => `${type}:${id}`)
const data = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })

let events = 0
const anyEvent: fc.Arbitrary<AuditEvent> = fc
  .record(
    { actor: entity, target: entity, subject: entity, data, ip: text, task: text, trace: text },
    { requiredKeys: ['actor', 'target', 'data'] },
  )
  .map(made => {
    events += 1
    const { data: held, ...rest } = made
    const storable = JSON.parse(JSON.stringify(held).replaceAll(/\\u(?:0000|d[89a-f]..)/g, '')) as AuditEvent['data']
    return { ...rest, data: storable, id: `log_law_${events}`, at: events, kind: 'token.issued' }
  })

/** An event as releases before had the database take it into the chain. */
function lineOf(event: AuditEvent): string {
  const { open, parts, names } = split(event)
  const found = `"actor":${JSON.stringify(event.actor)},"names":${JSON.stringify(names)}`
  return `{${found},"parts":${canonical(parts as unknown as Json)},"event":${canonical(open)}}`
}

const appendAsBefore = (db: Database, org: string, made: readonly AuditEvent[]): Promise<unknown> =>
  db.query('select lumoauth.append_audit($1, $2::json)', [org, `[${made.map(lineOf).join()}]`])

export const auditLaws: readonly Case[] = [
  [
    'law: what nodes of this release and of those before append is one chain, found by the same',
    async ({ store, db, org }) => {
      const anyBatch = fc.tuple(fc.boolean(), fc.array(anyEvent, { minLength: 1, maxLength: 4 }))
      await fc.assert(
        fc.asyncProperty(fc.array(anyBatch, { minLength: 1, maxLength: 4 }), async batches => {
          const slug = await org()
          for (const [isBefore, made] of batches) {
            if (isBefore) await appendAsBefore(db, slug, made)
            else await store.appendAudit(slug, auditBatch(made))
          }
          const all = batches.flatMap(([, made]) => made)
          const stored = await store.auditStored(slug, 0, 100)
          const chain = stored.map(({ chained }) => chained)
          assertLinked(slug, chain, { seq: 0, hash: NO_HASH })
          assert.deepEqual(
            chain.map(({ id }) => id),
            all.map(({ id }) => id),
          )
          for (const [i, { chained, found }] of stored.entries()) {
            const { names, ...columns } = found
            const event = all[i] as AuditEvent
            const { id, at, kind, actor } = event
            assert.deepEqual(columns, { id, at, kind, actor, outcome: 'success' })
            assert.equal(chained.link.open, canonical(split(event).open))
            assert.deepEqual(
              names,
              split(event).names.map(name => numberOf(slug, name)),
            )
          }
        }),
        { numRuns: 20, seed: 5 },
      )
    },
  ],
  [
    'law: the database and the service give a name the same number',
    async ({ db }) => {
      await fc.assert(
        fc.asyncProperty(text, text, async (slug, name) => {
          const [row] = await db.query('select lumoauth.audit_name($1, $2)::text as number', [slug, name])
          assert.equal(row?.number, numberOf(slug, name))
        }),
        { numRuns: 50, seed: 5 },
      )
    },
  ],
  [
    'what is sealed twice is not told by its seal',
    async () => {
      const event: AuditEvent = { id: 'log_1', at: 1, kind: 'x', actor: 'user:a', target: 'd:1', data: {} }
      assert.notDeepEqual(sealedEvent(event).sealed, sealedEvent(event).sealed)
    },
  ],
]
