import { hash } from 'node:crypto'
import type { AuditStore, StoredBatch } from '../../facts/audit.ts'
import { erasedEvent } from '../../facts/decision-events.ts'
import type { DecisionBatch, DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { appendEvents } from './audit-append.ts'
import type { Database, Queryable, Row } from './database.ts'
import { batchOf } from './decision-batch.ts'
import { rowsIn } from './decision-rows.ts'
import { digestOf, maskOf, pack, subjectDigest, unpacked } from './decisions.ts'
import { inOrg } from './org-scope.ts'

interface BatchRow extends Row {
  readonly first: string
  readonly last: string
  readonly count: number
  readonly seq: number | null
  readonly found: string
  readonly rows: string
}

const COLUMNS = `first, last, count, seq, encode(rows, 'base64') as rows,
  concat_ws(' ', earliest, latest, effects, array_to_string(array(select unnest(subjects) order by 1), ',')) as found`

/** The decision log as the chain sees it: batch by batch. */
export function decisionChain(db: Database): Pick<AuditStore, 'decisionBatches' | 'eraseDecisions'> {
  const page = (tx: Queryable, org: string, after: Parameters<AuditStore['decisionBatches']>[1], limit: number) =>
    tx.query<BatchRow>(
      `select ${COLUMNS} from lumoauth.decision_batches
        where org = $1 and ($2::text is null or (first, last, count) > ($2, $3, $4::integer))
        order by first, last, count limit $5::integer`,
      [org, after?.first ?? null, after?.last ?? '', after?.count ?? 0, limit],
    )

  return {
    decisionBatches: (org, after, limit) =>
      inOrg(db, org, async tx => Promise.all((await page(tx, org, after, limit)).map(storedBatch))),

    async eraseDecisions(org, user, at) {
      let erased = 0
      await inOrg(db, org, tx => tx.query('select lumoauth.erase_changes($1, $2)', [org, user]))
      for (let after: Parameters<AuditStore['decisionBatches']>[1] = null; ; ) {
        const batches: readonly BatchRow[] = await inOrg(db, org, tx => page(tx, org, after, FEW))
        for (const batch of batches) erased += await eraseFrom(db, org, batch, user, at)
        after = batches.at(-1) ?? null
        if (batches.length < FEW) return erased
      }
    },
  }
}

/** Batches in memory at a time. */
const FEW = 4

async function storedBatch({ first, last, count, seq, found, rows }: BatchRow): Promise<StoredBatch> {
  const text = await unpacked(rows).catch(() => '')
  return {
    first,
    last,
    count,
    seq,
    found,
    made: madeOf(text),
    text,
    packed: hash('sha256', Buffer.from(rows, 'base64')),
  }
}

/** What a batch of this text would be found by; nothing where it is none. */
function madeOf(text: string): string {
  try {
    const { earliest, latest, effects, subjects } = batchOf(rowsIn(text))
    const digests = [...new Set([...subjects].map(subjectDigest))].sort((a, b) => a - b)
    return `${earliest} ${latest} ${maskOf(effects)} ${digests.join(',')}`
  } catch {
    return ''
  }
}

/** Takes a user out of one batch, with an event that says what it holds since. How many decisions. */
async function eraseFrom(db: Database, org: string, batch: BatchRow, user: string, at: number): Promise<number> {
  const text = await unpacked(batch.rows)
  const rows = rowsIn(text)
  const mentions = (row: DecisionRow): boolean => names(row as unknown as Json, user)
  const count = rows.filter(mentions).length
  if (count === 0) return 0
  const made = batchOf(rows.map(row => (mentions(row) ? erasedRow(row, user) : row)))
  const [digest, was] = [digestOf(made.bytes), digestOf(Buffer.from(text))]
  const packed = await pack(made.bytes)
  await inOrg(db, org, async tx => {
    const { first, last, count: size } = batch
    await appendEvents(tx, org, [
      erasedEvent({ first, last, count: size, digest, packed: hash('sha256', packed) }, was, at),
    ])
    await tx.query(`select lumoauth.erase_decisions($1, $2, $3, $4::integer, $5::text::bigint[], $6::bytea)`, [
      org,
      first,
      last,
      size,
      subjectsOf(made),
      packed,
    ])
  })
  return count
}

const subjectsOf = ({ subjects }: DecisionBatch): string => `{${[...subjects].map(subjectDigest).join(',')}}`

/** Whether a value names the user: as `user:<id>`, or as an entity. */
function names(value: Json, user: string): boolean {
  if (typeof value === 'string') return value === `user:${user}` || value.includes(`@user:${user}`)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(item => names(item, user))
  const object = value as JsonObject
  return (object.type === 'user' && object.id === user) || Object.values(object).some(item => names(item, user))
}

const SOMEBODY = { type: 'user', id: 'erased' }

/** What is left: when, what was done to what, by which rules it was decided, and how. */
function erasedRow(row: DecisionRow, user: string): DecisionRow {
  const without = (value: Json): Json => (names(value, user) ? SOMEBODY : value)
  const { request, facts: _, missing: __, ...rest } = row.record
  const { subject, actors, resource, ...asked } = request as JsonObject
  const entity = names(resource ?? null, user) ? SOMEBODY : resource
  return {
    ...row,
    subject: row.subject === `user:${user}` ? 'user:erased' : row.subject,
    resource: names(row.resource, user) ? 'user:erased' : row.resource,
    record: {
      ...(names(rest, user) ? { ...rest, reasons: [], obligations: [] } : rest),
      missing: [],
      facts: [],
      request: {
        ...asked,
        subject: without(subject ?? null),
        actors: ((actors ?? []) as readonly Json[]).map(without),
        resource: (entity ?? null) as Json,
        context: {},
      },
    },
  }
}
