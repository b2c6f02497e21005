import type { AuditStore, ChainedEvent } from '../../facts/audit.ts'
import { taskName } from '../../facts/audit-parts.ts'
import type { DecisionRow, Store } from '../../facts/store.ts'

/** Something an agent did, or that was done to it: an event of the record, or a decision. */
export type Moment =
  | { readonly kind: 'event'; readonly at: number; readonly event: ChainedEvent }
  | { readonly kind: 'decision'; readonly at: number; readonly row: DecisionRow }

type Sources = Pick<Store, 'decisions'> & Pick<AuditStore, 'audit'>

export interface Place {
  /** Events before this place, decisions before this one; null: from the newest. */
  readonly seq: number | null
  readonly decision: string | null
}

export interface TimelinePage {
  /** Newest first. */
  readonly moments: readonly Moment[]
  readonly next: Place | null
}

/** Events that hold decisions, and the chain, together tell nothing of an agent. */
const momentsOf = (events: readonly ChainedEvent[], rows: readonly DecisionRow[]): Moment[] =>
  [
    ...events.map(event => ({ kind: 'event' as const, at: event.at, event })),
    ...rows.map(row => ({ kind: 'decision' as const, at: row.at, row })),
  ].sort((a, b) => b.at - a.at)

/** What an agent did and what became of it. `names`: all it is known by; any of them counts. */
export async function timelineOf(
  store: Sources,
  org: string,
  agent: string,
  place: Place,
  limit: number,
): Promise<TimelinePage> {
  const [events, rows] = await Promise.all([
    store.audit(org, { limit: limit + 1, before: place.seq, kind: null, names: [agent] }),
    store.decisions(org, { limit: limit + 1, before: place.decision, effect: null, subject: null, about: agent }),
  ])
  const all = momentsOf(events, rows)
  const moments = all.slice(0, limit)
  if (all.length <= limit) return { moments, next: null }
  const event = moments.findLast(one => one.kind === 'event')
  const decision = moments.findLast(one => one.kind === 'decision')
  return { moments, next: { seq: event?.event.seq ?? place.seq, decision: decision?.row.id ?? place.decision } }
}

/** Moments of one task at the most: what is beyond is left out, the oldest first. */
export const MOST_MOMENTS = 2_000

/** All that was done for a task, oldest first. */
export async function storyOf(store: Sources, org: string, task: string): Promise<readonly Moment[]> {
  const name = taskName(task)
  const [events, rows] = await Promise.all([
    store.audit(org, { limit: MOST_MOMENTS, before: null, kind: null, names: [name] }),
    store.decisions(org, { limit: MOST_MOMENTS, before: null, effect: null, subject: null, about: name }),
  ])
  return momentsOf(events, rows).slice(0, MOST_MOMENTS).reverse()
}
