import type { AuditEvent } from '../../facts/audit.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Parcel } from '../delivery/port.ts'

/** An event of the audit, at its place in the org's chain. */
export type Audited = AuditEvent & { readonly seq: number }

/** Events of an org after a place, oldest first. */
export type AuditSince = (org: string, seq: number, limit: number) => Promise<readonly Audited[]>

/**
 * Steps of requests and tasks are told in the transaction that takes them, and some once more beside it, by the bare id:
 * those are left out, but for an approval by policy, which is told in no other way.
 */
export const isToldAgain = ({ kind, target, data }: Audited): boolean =>
  !target.includes(':') && AGAIN.test(kind) && !(kind === 'approval.approved' && typeof data.by_policy === 'string')

const AGAIN = /^(?:task\..*|approval\.(?:requested|answered|approved|denied|expired|cancelled|consumed))$/

/** Characters of what an event says beside who, what and when. */
const MOST = 65_536

/** The id an event has wherever it is told outside: its own, under another prefix. */
const eventId = (audited: string): string => `evt_${audited.slice(audited.indexOf('_') + 1)}`

/** What an event is as a message. The same bytes each time, so that a receiver knows it again. */
export function payloadOf(org: string, event: Audited, type = event.kind): Parcel {
  const { id, at, kind: _, seq, actor, target, data, ...more } = event
  const details = JSON.stringify(data).length <= MOST ? data : { omitted: 'too large; the audit log has it' }
  return parcelOf(org, eventId(id), type, at, { seq, actor, target, ...about(more), details })
}

export function parcelOf(org: string, id: string, type: string, at: number, data: JsonObject): Parcel {
  const timestamp = new Date(at).toISOString()
  return { event: id, type, body: JSON.stringify({ id, type, timestamp, tenant: org, organization: org, data }) }
}

/** What the audit knows of who did it and in what course, under the names of the API. */
const NAMES = {
  subject: 'subject',
  chain: 'chain',
  task: 'task_id',
  decision: 'decision_id',
  outcome: 'outcome',
  trace: 'request_id',
} as const

function about(more: object): JsonObject {
  const known = Object.entries(more).flatMap(([name, value]) =>
    Object.hasOwn(NAMES, name) && value !== undefined && value !== null
      ? [[NAMES[name as keyof typeof NAMES], value]]
      : [],
  )
  return Object.fromEntries(known) as JsonObject
}
