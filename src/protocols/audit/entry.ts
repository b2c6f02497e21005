import { z } from 'zod'
import type { AuditEvent, ChainedEvent } from '../../pdp/audit/event.ts'
import { auditKind } from '../../pdp/audit/event.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

const entity = z.object({ type: z.string(), id: z.string() })

/** An event as clients of either document know it, and what is ours. */
export const entry = z.looseObject({
  id: z.int(),
  log_id: z.string(),
  event_type: z.string(),
  action: z.string(),
  category: z.string(),
  severity: z.string(),
  message: z.string(),
  outcome: z.string(),
  created_at: z.string(),
  timestamp: z.string(),
  actor: entity.extend({ email: z.string().nullable() }),
  target: entity,
  metadata: z.record(z.string(), z.unknown()),
  principal: z.object({ subject: z.string(), actor_chain: z.array(z.string()) }),
  seq: z.int(),
  prev_hash: z.string(),
  hash: z.string(),
})

const parted = (name: string): { readonly type: string; readonly id: string } => {
  const colon = name.indexOf(':')
  return colon < 0 ? { type: name, id: name } : { type: name.slice(0, colon), id: name.slice(colon + 1) }
}

const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

export function messageOf({ kind, actor, target, outcome }: AuditEvent): string {
  const said = `${actor} ${auditKind(kind).says} ${target}`
  return outcome === undefined || outcome === 'success' ? said : `${said} (${outcome})`
}

const isTrace = /^[0-9a-f]{32}$/

export function entryBody(event: ChainedEvent) {
  const { seq, id, at, kind, actor, target, outcome = 'success', data, link, trace = null, ip = null } = event
  const { category, severity } = auditKind(kind)
  const [who, what] = [parted(actor), parted(target)]
  const subject = event.subject ?? actor
  const chain = event.chain ?? []
  const time = new Date(at).toISOString()
  const agent = [actor, ...chain].find(one => one.startsWith('agent:'))
  return {
    id: seq,
    log_id: id,
    event_type: kind,
    action: kind,
    category,
    severity,
    message: messageOf(event),
    outcome,
    created_at: time,
    timestamp: time,
    actor: { ...who, email: text(data.email) },
    actor_id: who.id,
    actor_type: who.type,
    actor_name: actor,
    auth_method: text(data.grant_type) ?? text(data.way) ?? (who.type === 'key' ? 'api_key' : null),
    target: what,
    target_type: what.type,
    target_id: what.id,
    target_name: target,
    ip_address: ip,
    ipAddress: ip,
    userAgent: text(data.user_agent),
    metadata: data,
    principal: { subject, actor_chain: chain },
    chain: [subject, ...chain],
    agent_id: agent === undefined ? null : agent.slice('agent:'.length),
    task_id: event.task ?? null,
    decision_id: event.decision ?? null,
    policy_version: typeof data.policy_version === 'number' ? data.policy_version : null,
    trace_id: trace !== null && isTrace.test(trace) ? trace : null,
    request_id: trace,
    erased: link.parts.includes(null),
    seq,
    prev_hash: link.prevHash,
    hash: link.hash,
  }
}

/** Beside the entry, what only a look at one of them needs. */
export function detailBody(event: ChainedEvent) {
  const { data } = event
  const changes = Array.isArray(data.changes) ? (data.changes as readonly JsonObject[]) : []
  const of = (side: 'before' | 'after') =>
    changes.length === 0 ? null : Object.fromEntries(changes.map(one => [String(one.member), one[side] ?? null]))
  return {
    ...entryBody(event),
    event_time: new Date(event.at).toISOString(),
    duration_ms: null,
    initiated_by: event.subject ?? event.actor,
    client_id: text(data.client_id),
    user_agent: text(data.user_agent),
    geo_location: null,
    session_id: null,
    status: event.outcome ?? 'success',
    status_reason: text(data.reason) ?? text(data.code),
    old_value: of('before'),
    new_value: of('after'),
    changes,
    context: data,
    proof: {
      event: JSON.parse(event.link.open) as JsonObject,
      sealed: event.link.sealed,
      parts: event.link.parts as unknown as Json,
    },
  }
}
