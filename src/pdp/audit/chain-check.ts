import type { AuditHead, ChainedEvent, Checkpoint } from '../../facts/audit.ts'
import { NO_HASH } from '../../facts/audit-parts.ts'
import { createBatchCheck, type SeenBatch } from './batch-check.ts'
import { createCheckpointCheck } from './checkpoint-check.ts'
import { faultsOf } from './event-check.ts'
import type { Find, Finding } from './finding.ts'
import type { Keys } from './signed.ts'

/** What there was to be seen, and what was not right. */
export interface Report {
  readonly org: string
  readonly ok: boolean
  readonly findings: readonly Finding[]
  readonly events: number
  /** Places of the first and the last event; 0 where there is none. */
  readonly from: number
  readonly to: number
  readonly hash: string
  /** Events of which something was erased. */
  readonly erased: number
  readonly checkpoints: number
  /** Batches of decisions; null where they were not there to be looked at. */
  readonly batches: number | null
}

export interface ChainCheck {
  /** In the order they are there. */
  event(event: ChainedEvent): void
  batch(batch: SeenBatch): void
  find: Find
  /** `head`: what the chain says of its end. */
  finish(head: AuditHead | null, withBatches: boolean): Report
}

/** Findings of one report: what comes after so many says no more. */
const MOST = 100

/**
 * Goes through a chain once. `keys` are those the org is known by; a key that only the chain itself tells of proves no more
 * than that who wrote the one wrote the other. `elsewhere`: checkpoints that somebody kept.
 */
export function createChainCheck(
  org: string,
  checkpoints: readonly Checkpoint[],
  elsewhere: readonly string[],
  keys: Keys,
): ChainCheck {
  const findings: Finding[] = []
  const find: Find = (of, seq, why) => {
    if (findings.length < MOST) findings.push({ of, seq, why })
  }
  const signed = createCheckpointCheck(org, checkpoints, elsewhere, keys, find)
  const decisions = createBatchCheck(find)
  let at: AuditHead = { seq: 0, hash: NO_HASH }
  let from = 0
  let events = 0
  let erased = 0

  const begin = ({ seq, link }: ChainedEvent): void => {
    from = seq
    const before = seq === 1 ? NO_HASH : checkpoints.find(one => one.seq === seq - 1)?.hash
    if (before === undefined) find('chain', 1, `events 1 to ${seq - 1} are missing, and no checkpoint stands for them`)
    else if (before !== link.prevHash) find('event', seq, 'it does not stand on what was before it')
  }

  const stands = ({ seq, link }: ChainedEvent): void => {
    if (seq > at.seq + 1) {
      const missing = seq === at.seq + 2 ? `event ${at.seq + 1} is` : `events ${at.seq + 1} to ${seq - 1} are`
      find('chain', at.seq + 1, `${missing} missing`)
    } else if (seq <= at.seq) find('event', seq, 'it is not in its place')
    else if (link.prevHash !== at.hash) find('event', seq, 'it does not stand on the event before it')
  }

  return {
    find,
    event(event) {
      if (events === 0) begin(event)
      else stands(event)
      for (const why of faultsOf(org, event)) find('event', event.seq, why)
      events += 1
      if (event.link.parts.includes(null)) erased += 1
      signed.event(event)
      decisions.event(event)
      at = { seq: event.seq, hash: event.link.hash }
    },
    batch: decisions.batch,
    finish(head, withBatches) {
      if (head !== null && (head.seq !== at.seq || head.hash !== at.hash)) {
        const why =
          head.seq > at.seq ? `the chain says that it goes on to ${head.seq}` : 'the chain says that it ends otherwise'
        find('chain', Math.min(at.seq, head.seq) + 1, why)
      }
      signed.finish(from, at.seq)
      if (withBatches) decisions.finish()
      return {
        org,
        ok: findings.length === 0,
        findings,
        events,
        from,
        to: at.seq,
        hash: at.hash,
        erased,
        checkpoints: checkpoints.length,
        batches: withBatches ? decisions.seen : null,
      }
    },
  }
}
