import type { AuditStore, Checkpoint, StoredBatch, StoredEvent } from '../../facts/audit.ts'
import { numberOf } from '../../facts/audit-parts.ts'
import { sha256 } from '../../lib/ids.ts'
import { createChainCheck, type Report } from './chain-check.ts'
import { namesOf } from './event-check.ts'
import type { Keys } from './signed.ts'

export type { Report } from './chain-check.ts'

const PAGE = 500
const BATCHES = 20

/** Every checkpoint the store keeps. */
export async function allCheckpoints(
  store: Pick<AuditStore, 'checkpoints'>,
  org: string,
): Promise<readonly Checkpoint[]> {
  const all: Checkpoint[] = []
  for (;;) {
    const page = await store.checkpoints(org, all.at(-1)?.seq ?? 0, PAGE)
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/**
 * Looks through all that the store holds of an org's record. What is added meanwhile is not looked at: of the chain what
 * there was at the beginning, of the decisions what that tells of.
 */
export async function verifyStore(
  store: AuditStore,
  org: string,
  keys: Keys,
  elsewhere: readonly string[] = [],
): Promise<Report> {
  const report = await look(store, org, keys, elsewhere)
  // The beginning may have been removed, or a person erased, while it was read.
  return report.ok ? report : look(store, org, keys, elsewhere)
}

async function look(store: AuditStore, org: string, keys: Keys, elsewhere: readonly string[]): Promise<Report> {
  // INVARIANT: in this order, so that every checkpoint's event is within the head.
  const checkpoints = await allCheckpoints(store, org)
  const head = await store.auditHead(org)
  const check = createChainCheck(org, checkpoints, elsewhere, keys)
  let seq = 0
  for (;;) {
    const page = await store.auditStored(org, seq, PAGE)
    const within = page.filter(({ chained }) => chained.seq <= head.seq)
    for (const stored of within) {
      check.event(stored.chained)
      for (const why of misplaced(org, stored)) check.find('event', stored.chained.seq, why)
    }
    seq = within.at(-1)?.chained.seq ?? seq
    const [beyond] = page.slice(within.length)
    if (beyond !== undefined && beyond.chained.seq > (await store.auditHead(org)).seq) {
      check.find('chain', beyond.chained.seq, 'it stands behind the end of the chain')
    }
    if (within.length < PAGE) break
  }
  for (let after: Parameters<AuditStore['decisionBatches']>[1] = null; ; ) {
    const page: readonly StoredBatch[] = await store.decisionBatches(org, after, BATCHES)
    const now = (await store.auditHead(org)).seq
    for (const { seq, found, made, text, ...batch } of page) {
      if (seq !== null && seq > head.seq && seq <= now) continue
      check.batch({ ...batch, seq, digest: sha256(text), whole: found === made })
    }
    after = page.at(-1) ?? null
    if (page.length < BATCHES) break
  }
  return check.finish(head, true)
}

/** Where the store would look for an event is where it belongs. */
function misplaced(org: string, { chained, found }: StoredEvent): readonly string[] {
  const { id, at, kind, outcome = 'success', actor, link } = chained
  const plain = found.id === id && found.at === at && found.kind === kind && found.outcome === outcome
  const isGone = found.actor === null && link.parts.includes(null)
  const numbers = new Set(namesOf(link).map(name => numberOf(org, name)))
  const same = numbers.size === new Set(found.names).size && found.names.every(number => numbers.has(number))
  return plain && (found.actor === actor || isGone) && same ? [] : ['what it is found by was changed']
}
