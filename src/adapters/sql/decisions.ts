import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { batchEvent } from '../../facts/decision-events.ts'
import type { DecisionBatch, DecisionQuery, DecisionRow, Store } from '../../facts/store.ts'
import { Generations } from '../../lib/generations.ts'
import { sha256 } from '../../lib/ids.ts'
import { appendEvents } from './audit-append.ts'
import type { Database, Param, Queryable } from './database.ts'
import { aboutOf } from './decision-about.ts'
import { rowsIn } from './decision-rows.ts'
import { byteOrder } from './decision-span.ts'
import { inOrg, orgNotFound } from './org-scope.ts'
import { storable } from './text.ts'

const EFFECTS: Readonly<Record<DecisionRow['effect'], number>> = { allow: 1, deny: 2, escalate: 4 }

type Decisions = Pick<Store, 'appendDecisions' | 'decision' | 'decisions'>

interface Packed extends Readonly<Record<string, unknown>> {
  readonly latest: number
  readonly rows: string
}

export const maskOf = (effects: Iterable<DecisionRow['effect']>): number =>
  [...effects].reduce((sum, effect) => sum | EFFECTS[effect], 0)

const squeeze = promisify(zstdCompress)
const unsqueeze = promisify(zstdDecompress)

/** Level 1 takes a third of the time of deflate's, for half of its bytes. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1 }

/** Largest batch that is read back, in bytes of JSON. */
const MOST = 1 << 28

/** Batches read at once. */
const FEW = 4

/**
 * The decision log. A batch of rows is one compressed value, found by the ids, times, effects and subjects it spans: a
 * log row costs a fraction of a table row, and no request can word itself out of it. Each row is read back once, however
 * often it was written.
 */
export function decisions(db: Database): Decisions {
  return {
    async appendDecisions(org, batches) {
      const packed = await Promise.all(batches.filter(({ count }) => count > 0).map(packedBatch))
      if (packed.length === 0) return
      await inOrg(db, org, async tx => {
        const missing = await missingOf(tx, org, packed)
        if (missing.length === 0) return
        // INVARIANT: where two write the same at once one fails at the row below, and takes its event with it.
        const end = await appendEvents(
          tx,
          org,
          missing.map(one => batchEvent({ ...one, packed: hash('sha256', one.packed) }, one.latest)),
        )
        await insert(tx, org, missing, end - missing.length + 1)
      })
    },

    async decision(org, id) {
      if (!storable(id)) return null
      return inOrg(db, org, tx => findRow(tx, org, id))
    },

    async decisions(org, query) {
      const { before } = query
      if (before !== null && !storable(before)) return []
      return inOrg(db, org, async tx => {
        const from = before === null ? null : await findRow(tx, org, before)
        return before !== null && from === null ? [] : newestFirst(tx, org, query, from)
      })
    },
  }
}

interface PackedBatch extends DecisionBatch {
  readonly digest: string
  readonly packed: Uint8Array
}

async function packedBatch(batch: DecisionBatch): Promise<PackedBatch> {
  const packing = pack(batch.bytes)
  const digest = digestOf(batch.bytes)
  return { ...batch, digest, packed: await packing }
}

/** Those that are not there yet, each once. */
async function missingOf(tx: Queryable, org: string, batches: readonly PackedBatch[]): Promise<readonly PackedBatch[]> {
  const spans = new Map(batches.map(one => [JSON.stringify([one.first, one.last, one.count]), one]))
  const [found] = await tx.query<{ there: readonly number[] }>(
    `select to_json(array(
          select place::integer - 1 from json_array_elements($2::json) with ordinality as asked (span, place)
            where exists (select from lumoauth.decision_batches
                where org = $1 and first = span->>0 and last = span->>1 and count = (span->>2)::integer))) as there
        from lumoauth.orgs where org = $1`,
    [org, `[${[...spans.keys()].join()}]`],
  )
  if (found === undefined) throw orgNotFound(org)
  return [...spans.values()].filter((_, place) => !found.there.includes(place))
}

/** Each with the place in the chain of its event, of which `seq` is the first. */
async function insert(tx: Queryable, org: string, batches: readonly PackedBatch[], seq: number): Promise<void> {
  const lines: string[] = []
  const params: Param[] = [org]
  for (const [i, { first, last, count, earliest, latest, effects, subjects, packed }] of batches.entries()) {
    const n = params.length
    const about = [...subjects].map(subjectDigest)
    params.push(first, last, count, earliest, latest, maskOf(effects), `{${about.join(',')}}`, packed, seq + i)
    lines.push(
      `($1, $${n + 1}, $${n + 2}, $${n + 3}::integer, $${n + 4}::bigint, $${n + 5}::bigint, $${n + 6}::integer,
        $${n + 7}::text::bigint[], $${n + 8}::bytea, $${n + 9}::bigint)`,
    )
  }
  await tx.query(
    `insert into lumoauth.decision_batches (org, first, last, count, earliest, latest, effects, subjects, rows, seq)
      values ${lines.join()}`,
    params,
  )
}

/** The chunk holds what nearly every batch comes to, for each costs a turn; but no more, for the collector runs for its bytes. */
export const pack = (text: Uint8Array): Promise<Buffer> =>
  squeeze(text, { params: PARAMS, chunkSize: Math.max(1_024, text.length >> 1) })

/** Less than a millisecond for most batches: handed to another thread it would be copied twice, and have the collector run for it. */
export const digestOf = (text: Uint8Array): string => hash('sha256', text)

/** INVARIANT: `packed` was made by `pack`. It comes in base64: PGlite reads bytes many times slower. */
export const unpacked = async (packed: string): Promise<string> =>
  (await unsqueeze(Buffer.from(packed, 'base64'), { maxOutputLength: MOST })).toString()

const unpack = async (packed: string): Promise<readonly DecisionRow[]> => rowsIn(await unpacked(packed))

/** 48 bits of a subject's digest: a batch that does not hold it is skipped, one that seems to is looked into. */
export function subjectDigest(subject: string): number {
  const known = digests.get(subject)
  if (known !== undefined) return known
  const made = Number.parseInt(sha256(subject).slice(0, 12), 16)
  digests.set(subject, made)
  return made
}

/** Most who ask have asked before. */
const digests = new Generations<string, number>(4_096)

async function findRow(tx: Queryable, org: string, id: string): Promise<DecisionRow | null> {
  const sql = `select latest, encode(rows, 'base64') as rows from lumoauth.decision_batches where org = $1 and first <= $2 and last >= $2
    order by first desc, last, count limit ${FEW} offset $3`
  for (let offset = 0; ; offset += FEW) {
    const batches = await tx.query<Packed>(sql, [org, id, offset])
    for (const { rows } of batches) {
      const found = (await unpack(rows)).find(row => row.id === id)
      if (found !== undefined) return found
    }
    if (batches.length < FEW) return null
  }
}

async function newestFirst(
  tx: Queryable,
  org: string,
  { limit, effect, subject, about }: DecisionQuery,
  before: DecisionRow | null,
): Promise<readonly DecisionRow[]> {
  const mask = effect === null ? 7 : EFFECTS[effect]
  const wanted = (row: DecisionRow): boolean =>
    (EFFECTS[row.effect] & mask) !== 0 &&
    (subject === null || row.subject === subject) &&
    (about === undefined || aboutOf(row.subject, row.record).includes(about)) &&
    (before === null || newer(before, row) < 0)
  const sql = `select latest, encode(rows, 'base64') as rows from lumoauth.decision_batches
    where org = $1 and earliest <= $2 and (effects & $3) <> 0 and ($4::bigint is null or $4::bigint = any (subjects))
    order by latest desc, first desc, last, count limit ${FEW} offset $5`
  const until = before?.at ?? Number.MAX_SAFE_INTEGER
  const name = about ?? subject
  const wantedDigest = name === null ? null : subjectDigest(name)
  const found = new Map<string, DecisionRow>()
  for (let offset = 0; ; offset += FEW) {
    const batches = await tx.query<Packed>(sql, [org, until, mask, wantedDigest, offset])
    for (const { latest, rows } of batches) {
      // Batches still to come hold nothing newer than this one does.
      const kept = [...found.values()].sort(newer)
      const least = kept[limit - 1]
      if (least !== undefined && least.at > latest) return kept.slice(0, limit)
      for (const row of await unpack(rows)) if (wanted(row)) found.set(row.id, row)
    }
    if (batches.length < FEW) return [...found.values()].sort(newer).slice(0, limit)
  }
}

/** Negative where `a` comes first in a list that is newest first. */
const newer = (a: DecisionRow, b: DecisionRow): number => b.at - a.at || byteOrder(b.id, a.id)
