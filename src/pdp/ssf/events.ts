import type { Credential, Revocation } from '../../agents/identity.ts'
import type { Signal } from '../../agents/signal.ts'
import {
  CREDENTIAL_CHANGE,
  RISK_LEVEL_CHANGE,
  SESSION_REVOKED,
  type SsfStream,
  STREAM_UPDATED,
  TOKEN_CLAIMS_CHANGE,
  VERIFICATION,
} from '../../agents/ssf-stream.ts'
import type { Registered } from '../../facts/registry.ts'
import type { LoggedChange } from '../../facts/store.ts'
import { parseEntity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { NARROWED } from '../registering.ts'

/** Something receivers are told of, before it is made out to one of them. */
export interface SecurityEvent {
  readonly type: string
  readonly subject: JsonObject
  readonly claims: JsonObject
  /** Tells messages of one cause together: the id of what was committed. */
  readonly txn: string
  /** The one stream it is for, or null for all. */
  readonly only: string | null
}

/** What a change does not say by itself. */
export interface Known {
  readonly issuer: string
  /** Of an agent or service by its id: whom tokens call it, and what it may do now. */
  readonly named: (kind: 'agent' | 'service' | 'user', id: string) => string | null
  readonly capabilities: (subject: string) => readonly string[] | null
}

/** What a committed change is to receivers of security events. */
export function eventsOf({ change, at, revision }: LoggedChange, known: Known): readonly SecurityEvent[] {
  if (change.kind !== 'registered') return []
  const { entry, by } = change
  const common = { event_timestamp: Math.floor(at / 1000), initiating_entity: initiator(by) }
  const event = (type: string, subject: JsonObject, claims: JsonObject, only: string | null = null): SecurityEvent => ({
    type,
    subject,
    claims: only === null ? { ...common, ...claims } : claims,
    txn: 'id' in entry ? `${entry.id}.${revision}` : String(revision),
    only,
  })
  switch (entry.kind) {
    case 'revocation':
      return ofRevocation(entry, known).map(([type, subject, claims]) => event(type, subject, claims))
    case 'consent': {
      if (entry.revokedAt === null) return []
      const parts = { user: named(known, `user:${entry.user}`), application: named(known, `agent:${entry.agent}`) }
      return [event(SESSION_REVOKED, complex(parts), reason('consent withdrawn'))]
    }
    case 'task': {
      if (entry.state === 'active') return []
      const parts = { application: named(known, `agent:${entry.agent}`), session: { format: 'opaque', id: entry.id } }
      return [event(SESSION_REVOKED, complex(parts), reason(`task ${entry.state}`))]
    }
    case 'approval': {
      if (entry.state === 'pending' || entry.state === 'approved') return []
      const parts = { application: named(known, `agent:${entry.agent}`), session: { format: 'opaque', id: entry.id } }
      return [event(SESSION_REVOKED, complex(parts), reason(`approval ${entry.state}`))]
    }
    case 'credential': {
      const holder = known.named(entry.of.kind, entry.of.id)
      if (holder === null) return []
      return [event(CREDENTIAL_CHANGE, named(known, holder), ofCredential(entry))]
    }
    case 'signal':
      return ofSignal(entry, known).map(([type, subject, claims]) => event(type, subject, claims))
    case 'ssf_stream':
      return ofStream(entry).map(([type, claims]) => event(type, { format: 'opaque', id: entry.id }, claims, entry.id))
    default:
      return []
  }
}

type Made = readonly [type: string, subject: JsonObject, claims: JsonObject]

/** Tokens that die because of what their holder may no longer do are told as both. */
function ofRevocation({ of, reason: why }: Revocation, known: Known): readonly Made[] {
  const claims = reason(why)
  switch (of.kind) {
    case 'token':
      return [[SESSION_REVOKED, { format: 'jwt_id', iss: known.issuer, jti: of.jti }, claims]]
    case 'task':
      return [[SESSION_REVOKED, complex({ session: { format: 'opaque', id: of.task } }), claims]]
    case 'subject': {
      if (parseEntity(of.subject) === null) return []
      const subject = named(known, of.subject)
      const now = why === NARROWED ? known.capabilities(of.subject) : null
      const shrunk: JsonObject = { claims: { scope: (now ?? []).join(' '), capabilities: [...(now ?? [])] } }
      const more: readonly Made[] = now === null ? [] : [[TOKEN_CLAIMS_CHANGE, subject, { ...claims, ...shrunk }]]
      return [...more, [SESSION_REVOKED, subject, claims]]
    }
  }
}

function ofCredential({ retiredAt, expiresAt, createdAt, proof, id }: Credential): JsonObject {
  const change = retiredAt !== null ? 'revoke' : expiresAt !== null && expiresAt !== createdAt ? 'update' : 'create'
  return {
    credential_type: proof.kind === 'jwks' || proof.kind === 'jwks_uri' ? 'verifiable-credential' : 'app',
    change_type: change,
    friendly_name: id,
  }
}

const LEVELS = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', critical: 'HIGH' } as const

/** Told where the level is another one than before, whoever said so: two parties that tell each other come to rest. */
function ofSignal({ of, level, since, updatedAt, reason: why }: Signal, known: Known): readonly Made[] {
  if (since !== updatedAt) return []
  const subject =
    of.type === 'task' ? complex({ session: { format: 'opaque', id: of.id } }) : named(known, printEntity(of))
  const claims = { principal: of.type.toUpperCase(), current_level: LEVELS[level] }
  return [[RISK_LEVEL_CHANGE, subject, { ...claims, ...(why !== null && { risk_reason: why }) }]]
}

function ofStream({ said, status, reason: why }: SsfStream): readonly (readonly [string, JsonObject])[] {
  switch (said?.kind) {
    case undefined:
      return []
    case 'verify':
      return [[VERIFICATION, said.state === null ? {} : { state: said.state }]]
    case 'status':
      return [[STREAM_UPDATED, { status, ...(why !== null && { reason: why }) }]]
  }
}

const named = ({ issuer }: Known, subject: string): JsonObject => ({ format: 'iss_sub', iss: issuer, sub: subject })

const complex = (parts: JsonObject): JsonObject => ({ format: 'complex', ...parts })

const reason = (text: string): JsonObject => ({ reason_admin: { en: text } })

function initiator(by: string): 'admin' | 'user' | 'system' {
  if (by.startsWith('key:')) return 'admin'
  return by.startsWith('user:') ? 'user' : 'system'
}

/** Whether a thing of the registry may be told of at all. */
export const isTold = (kind: Registered['kind']): boolean =>
  ['revocation', 'consent', 'task', 'approval', 'credential', 'signal', 'ssf_stream'].includes(kind)
