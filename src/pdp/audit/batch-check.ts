import type { ChainedEvent } from '../../facts/audit.ts'
import { DECISIONS_ADOPTED, DECISIONS_ERASED, DECISIONS_LOGGED } from '../../facts/decision-events.ts'
import { sha256 } from '../../lib/ids.ts'
import type { Find } from './finding.ts'

/** A batch of decisions as it is there. */
export interface SeenBatch {
  readonly first: string
  readonly last: string
  readonly count: number
  /** Where its event is, as the batch has it; undefined where nobody says. */
  readonly seq: number | null | undefined
  readonly digest: string
  /** SHA-256 of the bytes as they are kept. */
  readonly packed: string | null
  /** Whether what it is found by is what its text says. */
  readonly whole: boolean
}

interface Told {
  readonly seq: number
  digest: string
  packed: string
  seen: boolean
}

/** Compares the batches of the decision log with the events that tell of them. */
export function createBatchCheck(find: Find) {
  const told = new Map<string, Told>()
  const adopted = new Map<number, { readonly digest: string; readonly now: string[]; rewritten: boolean }>()
  let seen = 0
  return {
    get seen() {
      return seen
    },

    event({ seq, kind, data }: ChainedEvent): void {
      if (kind === DECISIONS_LOGGED)
        told.set(keyOf(data), { seq, digest: String(data.digest), packed: String(data.packed), seen: false })
      if (kind === DECISIONS_ADOPTED) adopted.set(seq, { digest: String(data.digest), now: [], rewritten: false })
      if (kind !== DECISIONS_ERASED) return
      const known = told.get(keyOf(data))
      if (known === undefined) for (const one of adopted.values()) one.rewritten = true
      else if (known.digest !== data.was) find('decisions', seq, 'the batch it erased from was another before')
      else Object.assign(known, { digest: String(data.digest), packed: String(data.packed) })
    },

    /** In the order of their keys. */
    batch(batch: SeenBatch): void {
      seen += 1
      const key = keyOf(batch)
      const event = told.get(key)
      const before = adopted.get(batch.seq ?? 0)
      if (event === undefined) {
        if (before !== undefined && batch.packed !== null) before.now.push(batch.packed)
        else find('decisions', batch.seq ?? null, `no event tells of the batch \`${key}\``)
        return
      }
      if (event.seen) find('decisions', event.seq, `the batch \`${key}\` is there twice`)
      event.seen = true
      if (event.digest !== batch.digest || (batch.packed !== null && batch.packed !== event.packed)) {
        find('decisions', event.seq, `decisions of the batch \`${key}\` were changed`)
      } else if ((batch.seq !== undefined && event.seq !== batch.seq) || !batch.whole) {
        find('decisions', event.seq, `what the batch \`${key}\` is found by was changed`)
      }
    },

    finish(): void {
      for (const [key, { seq, seen: there }] of told) {
        if (!there) find('decisions', seq, `the batch \`${key}\` is missing`)
      }
      for (const [seq, { digest, now, rewritten }] of adopted) {
        if (!rewritten && sha256(now.join('')) !== digest) {
          find('decisions', seq, 'batches of before the chain are not as they were')
        }
      }
    },
  }
}

const keyOf = ({ first, last, count }: { first?: unknown; last?: unknown; count?: unknown }): string =>
  `${first} ${last} ${count}`
