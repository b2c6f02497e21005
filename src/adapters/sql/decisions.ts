import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { batchEvent } from '../../facts/decision-events.ts'
import type { DecisionQuery, DecisionRow, Store } from '../../facts/store.ts'
import { Generations } from '../../lib/generations.ts'
import { sha256 } from '../../lib/ids.ts'
import { appendEvents } from './audit-append.ts'
import type { Database, Queryable } from './database.ts'
import { aboutOf, byteOrder } from './decision-batch.ts'
import { rowsIn } from './decision-rows.ts'
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

/** Level 1 takes a third of the time of deflate's, for half of its bytes. The chunk holds most batches: each costs a turn. */
const SQUEEZING = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 1 << 18 }

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
    async appendDecisions(org, { count, first, last, earliest, latest, effects, subjects, bytes }) {
      if (count === 0) return
      const digest = digestOf(bytes)
      const packed = await pack(bytes)
      const mask = maskOf(effects)
      const about = [...subjects].map(subjectDigest)
      const span = [first, last, count, earliest, latest]
      await inOrg(db, org, async tx => {
        const [found] = await tx.query<{ there: boolean }>(
          `select exists (select from lumoauth.decision_batches
              where org = $1 and first = $2 and last = $3 and count = $4) as there
            from lumoauth.orgs where org = $1`,
          [org, first, last, count],
        )
        if (found === undefined) throw orgNotFound(org)
        if (found.there) return
        // INVARIANT: where two write the same at once one fails at the row below, and takes its event with it.
        const seq = await appendEvents(tx, org, [
          batchEvent({ first, last, count, digest, packed: hash('sha256', packed) }, latest),
        ])
        await tx.query(
          `insert into lumoauth.decision_batches (org, first, last, count, earliest, latest, effects, subjects, rows, seq)
            values ($1, $2, $3, $4, $5, $6, $7, $8::text::bigint[], $9::bytea, $10::bigint)`,
          [org, ...span, mask, `{${about.join(',')}}`, packed, seq],
        )
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

export const pack = (text: Uint8Array): Promise<Buffer> => squeeze(text, SQUEEZING)

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
