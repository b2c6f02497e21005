import { z } from 'zod'
import {
  AUDIT_KINDS,
  type AuditQuery,
  CATEGORIES,
  decisionName,
  kindsIn,
  OUTCOMES,
  taskName,
} from '../../pdp/audit/event.ts'
import { PdpError } from '../../pdp/errors.ts'

const name = z.string().min(1).max(1024)
/** A day, or an instant. */
const date = z.iso.date().or(z.iso.datetime({ offset: true }))

/** What is looked for in the record; all that is said must hold. */
export const filters = {
  action: z.string().max(200).optional(),
  event_type: z.string().max(200).optional(),
  category: z.enum(CATEGORIES).optional(),
  /** An entity such as `agent:research-bot`, or without its type whoever has this id. */
  actorId: name.optional(),
  targetId: name.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  startDate: date.optional(),
  endDate: date.optional(),
  /** Entities that take part, with commas between them. */
  chain: z.string().max(4096).optional(),
  agent_id: name.optional(),
  task_id: name.optional(),
  decision_id: name.optional(),
}

const shape = z.object(filters)
export type Filters = z.infer<typeof shape>

const DAY = 86_400_000

export function queryOf(given: Filters): Omit<AuditQuery, 'limit' | 'before'> {
  const names = [
    ...(given.targetId === undefined ? [] : [typed(given.targetId, 'targetId')]),
    ...(given.chain?.split(',') ?? []),
    ...(given.agent_id === undefined ? [] : [`agent:${given.agent_id.replace(/^agent:/, '')}`]),
    ...(given.task_id === undefined ? [] : [taskName(given.task_id)]),
    ...(given.decision_id === undefined ? [] : [decisionName(given.decision_id)]),
  ]
  return {
    kind: given.action ?? given.event_type ?? null,
    ...(given.category !== undefined && ofCategory(given.category)),
    ...(given.actorId !== undefined && { actor: typed(given.actorId, 'actorId') }),
    ...(names.length > 0 && { names }),
    ...(given.outcome !== undefined && { outcome: given.outcome }),
    ...(given.startDate !== undefined && { from: Date.parse(given.startDate) }),
    // A day is meant with all its hours.
    ...(given.endDate !== undefined && { until: Date.parse(given.endDate) + (given.endDate.length === 10 ? DAY : 1) }),
  }
}

/** Kinds that nobody named belong to `configuration`. */
function ofCategory(category: (typeof CATEGORIES)[number]): Pick<AuditQuery, 'kinds' | 'notKinds'> {
  if (category !== 'configuration') return { kinds: kindsIn(category) }
  return { notKinds: AUDIT_KINDS.filter(one => one.category !== category).map(one => one.kind) }
}

function typed(given: string, member: string): string {
  if (given.includes(':')) return given
  throw new PdpError('invalid_request', `${member}: expected an entity such as \`agent:${given}\` or \`user:${given}\``)
}
