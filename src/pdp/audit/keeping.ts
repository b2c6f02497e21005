import type { AuditEvent, AuditStore, ChainedEvent, Erasure } from '../../facts/audit.ts'
import { REMOVED } from '../../facts/audit-kinds.ts'
import { joined } from '../../facts/audit-parts.ts'
import { ITSELF } from '../../facts/change-events.ts'
import { timedId } from '../../lib/ids.ts'
import { origin } from '../../lib/origin.ts'
import type { JsonObject } from '../../policy/json.ts'
import { namesOf } from './event-check.ts'

export { keysOf } from './checkpoints.ts'

/** That somebody took the record with them. */
export const exportedEvent = (given: JsonObject | object, at: number): AuditEvent => ({
  id: timedId('log', at),
  at,
  kind: 'audit.exported',
  actor: origin()?.actor ?? ITSELF,
  target: 'audit:export',
  data: { ...(JSON.parse(JSON.stringify(given)) as JsonObject) },
})

const DAY = 86_400_000
/** Checkpoints that are passed in one go. */
const MOST = 50
const PAGE = 200

/**
 * Removes what is older than the org keeps its record, up to the last checkpoint that is as old: that stands for what was
 * before it. How many events.
 */
export async function removeOld(store: AuditStore, org: string, days: number, now: number): Promise<number> {
  const before = now - days * DAY
  const old = (await store.checkpoints(org, 0, MOST)).filter(({ at }) => at < before)
  let gone = 0
  for (const { seq, hash, at } of old) {
    const [first] = await store.auditSince(org, 0, 1)
    if (first === undefined || first.seq > seq) continue
    gone += await store.dropAudit(org, seq, {
      id: timedId('log', now),
      at: now,
      kind: REMOVED,
      actor: ITSELF,
      target: `checkpoint:${seq}`,
      data: { days, from: first.seq, hash, signed_at: at, through: seq },
    })
  }
  return gone
}

/** That somebody was erased, without who it was: that would begin the record of them anew. */
export const gdprEvent = ({ events, decisions }: Erased, by: string, at: number): AuditEvent => ({
  id: timedId('log', at),
  at,
  kind: 'gdpr.erased',
  actor: by,
  target: 'person:erased',
  data: { decisions, events },
})

export interface Erased {
  readonly events: number
  readonly decisions: number
}

/**
 * Takes a person out of the record: every part of an event that tells of them, and of the decision log all that names them.
 * The chain stays as it is, for it holds no more than commitments. `who` is an entity such as `user:alice`.
 */
export async function erasePerson(store: AuditStore, org: string, who: string, now: number): Promise<Erased> {
  let events = 0
  for (let before: number | null = null; ; ) {
    const page: readonly ChainedEvent[] = await store.audit(org, { limit: PAGE, before, kind: null, names: [who] })
    const erasures = page.flatMap(event => erasureOf(event, who) ?? [])
    if (erasures.length > 0) await store.eraseAudit(org, erasures)
    events += erasures.length
    before = page.at(-1)?.seq ?? null
    if (page.length < PAGE) break
  }
  const colon = who.indexOf(':')
  const decisions = who.slice(0, colon) === 'user' ? await store.eraseDecisions(org, who.slice(colon + 1), now) : 0
  return { events, decisions }
}

function erasureOf({ seq, link }: ChainedEvent, who: string): Erasure | null {
  const named = JSON.stringify(who)
  const erased = link.parts.flatMap((part, i) =>
    part !== null && (part.of === who || JSON.stringify(part.members).includes(named)) ? [i] : [],
  )
  if (erased.length === 0) return null
  const parts = link.parts.map((part, i) => (erased.includes(i) ? null : part))
  const open = JSON.parse(link.open) as JsonObject
  const left = joined(open, parts)
  const isKnown = open.actor !== undefined || parts.some(part => part?.members.actor !== undefined)
  return { seq, erased, actor: isKnown ? left.actor : null, names: namesOf({ open: link.open, parts }) }
}
