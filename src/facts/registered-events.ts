import type { Agent } from '../agents/agent.ts'
import type { Approval } from '../agents/approval.ts'
import { type Revocation, subjectOf } from '../agents/identity.ts'
import type { Task } from '../agents/task.ts'
import { sha256 } from '../lib/ids.ts'
import { canonical } from '../policy/canonical.ts'
import { printEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { AuditEvent } from './audit.ts'
import type { Registered } from './registry.ts'
import type { Change } from './store.ts'

/** What an event says beside when it was. */
export type Told = Pick<AuditEvent, 'kind' | 'target' | 'data' | 'persons' | 'task' | 'outcome'> & {
  /** Who did it, where the change itself says so. */
  readonly by?: string
}

type Put = Extract<Change, { readonly kind: 'registered' }>
type Removed = Extract<Change, { readonly kind: 'unregistered' }>

/** What a kind of row is called in the audit, where that is not its own name. */
const CALLED: Readonly<Record<string, string>> = { service: 'app' }

const nameOf = (kind: string): string => CALLED[kind] ?? kind

/** What was registered or changed, as the audit tells it. */
export function registeredEvent({ entry, by }: Put, before: Registered | null): Told {
  const told = (what: string, target: string, data: JsonObject = {}): Told => ({
    kind: `${nameOf(entry.kind)}.${what}`,
    target,
    by,
    data: { id: entry.id, ...data },
  })
  switch (entry.kind) {
    case 'credential': {
      const { of, proof, expiresAt, retiredAt } = entry
      const what = retiredAt !== null ? 'retired' : before === null ? 'created' : 'updated'
      return told(what, `${of.kind}:${of.id}`, { proof: proof.kind, expires_at: expiresAt })
    }
    case 'consent': {
      const { user, agent, scopes, expiresAt, revokedAt } = entry
      const data = { user: `user:${user}`, scopes, expires_at: expiresAt }
      return told(revokedAt === null ? 'granted' : 'revoked', `agent:${agent}`, data)
    }
    case 'revocation': {
      const { of, at, until, reason, id } = entry
      return { kind: 'token.revoked', target: revokedName(of), by, data: { revocation: id, at, until, reason } }
    }
    case 'signal': {
      const isReview = entry.reviewed?.at === entry.updatedAt
      const data = { level: entry.level, unreviewed: entry.unreviewed, source: entry.source, reason: entry.reason }
      const changes = changed(before, entry).filter(({ member }) => member !== 'of')
      return {
        kind: isReview ? 'security.reviewed' : 'security.signal',
        target: entry.id,
        by,
        data: { ...data, changes },
      }
    }
    case 'signing_key': {
      const { alg, notBefore, retiredAt, removedAt } = entry
      const what = before === null ? 'rotated' : retiredAt !== null ? 'retired' : 'updated'
      const data = { alg, jwk: entry.publicJwk, not_before: notBefore, retired_at: retiredAt, removed_at: removedAt }
      return told(what, `signing_key:${entry.id}`, data)
    }
    case 'task':
      return { ...told(taskStep(entry, before), `task:${entry.id}`, taskData(entry)), task: entry.id }
    case 'approval':
      return approvalEvent(told, entry, before as Approval | null)
    case 'grant': {
      const { approval, task, subject, actors, action, resource, uses, until, revokedAt, says } = entry
      const what = revokedAt !== null ? 'revoked' : before === null ? 'created' : 'updated'
      const chain = { subject: printEntity(subject), chain: actors.map(printEntity) }
      const data = {
        approval,
        action,
        resource: `${resource.type}:${resource.id}`,
        uses,
        until,
        detail: says,
        ...chain,
      }
      return { ...told(what, `grant:${entry.id}`, data), task }
    }
    case 'audit_settings':
    case 'token_settings':
      return { kind: 'config.updated', target: entry.id, by, data: { changes: changed(before, entry) } }
    case 'user': {
      const target = printEntity(subjectOf(entry))
      const changes = changed(before, entry)
      const members = changes.map(({ member }) => member)
      return {
        kind: `user.${whatOf(entry, before)}`,
        target,
        by,
        data: { members },
        persons: { [target]: { changes } },
      }
    }
    case 'agent': {
      const ends = entry.status === 'revoked' && (before as Agent | null)?.status !== 'revoked'
      return told(ends ? 'revoked' : whatOf(entry, before), `agent:${entry.slug}`, { changes: changed(before, entry) })
    }
    default:
      return told(whatOf(entry, before), placeOf(entry), { changes: changed(before, entry) })
  }
}

const taskStep = ({ state }: Task, before: Registered | null): string => {
  if (before === null) return 'created'
  const was = (before as Task).state
  return state === was ? 'updated' : state === 'active' ? 'resumed' : state
}

const taskData = ({
  agent,
  name,
  type,
  parent,
  subject,
  actors,
  budget,
  state,
  notes,
  justification,
}: Task): JsonObject => ({
  agent: `agent:${agent}`,
  name,
  type,
  parent,
  subject: printEntity(subject),
  actors: actors.map(printEntity),
  budget,
  state,
  justification,
  ...(notes !== null && { note: notes }),
})

/** A request for approval names whom it concerns in its data: who acts in an event about it is who answered. */
function approvalEvent(
  told: (what: string, target: string, data: JsonObject) => Told,
  entry: Approval,
  before: Approval | null,
): Told {
  const { task, agent, subject, actors, risk, needs, state, answers, terms, byPolicy, emergency, via } = entry
  const answered = before !== null && answers.length > before.answers.length
  const what = approvalStep(entry, before)
  const last = answers.at(-1)
  const data = {
    agent: `agent:${agent}`,
    subject: printEntity(subject),
    chain: actors.map(printEntity),
    risk,
    needs,
    state,
    via,
    details: withoutSecrets(JSON.parse(JSON.stringify(terms.details)) as Json),
    ttl: terms.ttl,
    uses: terms.uses,
    by_policy: byPolicy,
    emergency: emergency === null ? null : true,
    ...(emergency?.reviewed != null && { in_order: emergency.reviewed.ok, note: emergency.reviewed.notes }),
    ...(answered && last !== undefined && { yes: last.yes, note: last.notes }),
    ...(before === null && { justification: entry.justification }),
  }
  const outcome = state === 'pending' ? 'pending' : state === 'denied' ? 'denied' : undefined
  return { ...told(what, `approval:${entry.id}`, data), task, ...(outcome !== undefined && { outcome }) }
}

/** Emergency access has an event of its own, so that nobody overlooks it. */
function approvalStep({ state, answers, emergency, escalated, repeats }: Approval, before: Approval | null): string {
  if (before === null) return emergency === null ? 'requested' : 'emergency'
  if (emergency?.reviewed != null && before.emergency?.reviewed == null) return 'reviewed'
  if (state !== before.state) return state
  if (answers.length > before.answers.length) return 'answered'
  return escalated !== before.escalated ? 'escalated' : repeats !== before.repeats ? 'repeated' : 'updated'
}

const placeOf = (entry: Registered): string => `${entry.kind}:${'slug' in entry ? entry.slug : entry.id}`

/** Rows that are thrown away once what they say is over tell nothing by it. */
export function unregisteredEvent({ of, id, by }: Removed, before: Registered | null): Told | null {
  if (of === 'revocation') return null
  const target = before !== null && 'slug' in before ? `${of}:${before.slug}` : `${of}:${id}`
  return { kind: `${nameOf(of)}.deleted`, target, by, data: { id } }
}

const whatOf = (entry: Registered, before: Registered | null): string =>
  'deletedAt' in entry && entry.deletedAt !== undefined ? 'deleted' : before === null ? 'created' : 'updated'

const QUIET = new Set(['kind', 'id', 'version', 'updatedAt', 'createdAt'])

/** Members that hold what could be used, whatever row they are in. */
const SECRET = /secret|sealed|password|private|hash|bearer|authorization|apiKey|tokenReview|^token$|^key$/i

/** Characters of a value that is told whole. */
const TOLD = 1_000

export function changed(
  before: Registered | null,
  after: Registered,
): readonly { readonly member: string; readonly before: Json; readonly after: Json }[] {
  const [was, is] = [plain(before), plain(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter(name => !QUIET.has(name) && !isSame(was[name], is[name]))
    .sort()
    .map(member => ({ member, before: shown(member, was[member]), after: shown(member, is[member]) }))
}

const plain = (entry: Registered | null): JsonObject =>
  entry === null ? {} : (JSON.parse(JSON.stringify(entry)) as JsonObject)

const isSame = (a: Json | undefined, b: Json | undefined): boolean => canonical(a ?? null) === canonical(b ?? null)

function shown(member: string, value: Json | undefined): Json {
  if (value === undefined || value === null) return null
  if (SECRET.test(member)) return 'hidden'
  const open = withoutSecrets(value)
  const text = canonical(open)
  return text.length <= TOLD ? open : { digest: sha256(text), length: text.length }
}

/** Entities as their names: a person is known to be one by that. */
function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value as JsonObject)
  const { type, id } = value as JsonObject
  if (members.length === 2 && typeof type === 'string' && typeof id === 'string') return `${type}:${id}`
  return Object.fromEntries(
    members.map(([name, member]) => [
      name,
      SECRET.test(name) ? 'hidden' : name === 'users' ? asUsers(member) : withoutSecrets(member),
    ]),
  )
}

/** Ids of users as entities: only as such is a person known to be one. */
const asUsers = (value: Json): Json =>
  Array.isArray(value) ? value.map(id => (typeof id === 'string' ? `user:${id}` : withoutSecrets(id))) : value

function revokedName(of: Revocation['of']): string {
  switch (of.kind) {
    case 'token':
      return `token:${of.jti}`
    case 'task':
      return `task:${of.task}`
    case 'subject':
      return of.subject
  }
}
