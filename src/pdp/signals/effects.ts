import { RISKS, type Risk } from '../../agents/approval.ts'
import { raised, type SaidName, type Signal } from '../../agents/signal.ts'
import type { Transmitter } from '../../agents/transmitter.ts'
import { LONGEST_LIFE } from '../../facts/revoked.ts'
import type { Change } from '../../facts/store.ts'
import { timedId } from '../../lib/ids.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { OrgState } from '../org.ts'
import { put } from '../registering.ts'
import type { SetEvent } from './set.ts'
import type { Meant } from './subject.ts'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'

/** Types of events that have an effect here, by the end of their names. */
const EFFECTIVE = [
  'session-revoked',
  'credential-change',
  'assurance-level-change',
  'device-compliance-change',
  'risk-level-change',
] as const
type Effective = (typeof EFFECTIVE)[number]

/** The event's name without its schema; null for one that has no effect. */
export function effectOf({ events }: Transmitter, type: string): Effective | null {
  const name = type.startsWith(CAEP) ? type.slice(CAEP.length) : type
  const known = EFFECTIVE.find(one => one === name)
  return known !== undefined && (events === null || events.includes(name) || events.includes(type)) ? known : null
}

export interface Happened {
  /** Who says so, as an entity. */
  readonly source: string
  /** When it was, by their clock. */
  readonly at: number
  readonly now: number
}

/** What an event changes; empty where it says nothing that is understood. */
export function effects(
  state: OrgState,
  effect: Effective,
  { claims }: SetEvent,
  meant: Meant,
  signal: Signal | null,
  happened: Happened,
): readonly Change[] {
  const { source, now } = happened
  if (meant.kind === 'token') {
    if (effect !== 'session-revoked') return []
    return [put(revocation({ kind: 'token', jti: meant.jti }, now, source), source)]
  }
  if (signal === null) return []
  const after = changed(signal, effect, claims, happened)
  if (after === null) return []
  const isNew = signal.version === 0
  const write = put(after, source, isNew ? null : signal.version)
  return effect === 'session-revoked' ? [write, ...ended(state, meant.entity, source, now)] : [write]
}

/** Every session of somebody ends: their tokens, and what they let others do for them. */
function ended({ registry }: OrgState, of: Entity, source: string, now: number): readonly Change[] {
  const tokens = put(revocation({ kind: 'subject', subject: printEntity(of) }, now, source), source)
  if (of.type !== 'user') return [tokens]
  const consents = registry
    .consentsOf(of.id)
    .filter(consent => consent.revokedAt === null)
    .map(consent => put({ ...consent, revokedAt: now, revokedBy: source }, source))
  return [tokens, ...consents]
}

type Of = { readonly kind: 'token'; readonly jti: string } | { readonly kind: 'subject'; readonly subject: string }

const revocation = (of: Of, now: number, source: string) =>
  ({
    kind: 'revocation',
    id: timedId('rev', now),
    of,
    // What was begun between the event and now is no more to be believed.
    at: now,
    until: now + LONGEST_LIFE,
    reason: `session revoked by ${source}`,
  }) as const

function changed(signal: Signal, effect: Effective, claims: JsonObject, happened: Happened): Signal | null {
  const { at, now, source } = happened
  const said = (facts: Partial<Record<SaidName, string>>): Signal | null => {
    const newer = Object.entries(facts).filter(([name]) => (signal.said[name]?.at ?? 0) <= at)
    if (newer.length === 0) return null
    const told = Object.fromEntries(newer.map(([name, value]) => [name, { value, at, source }]))
    return { ...signal, said: { ...signal.said, ...told }, reviewed: null, updatedAt: now, version: signal.version + 1 }
  }
  switch (effect) {
    case 'session-revoked':
      return (
        said({ session_revoked_at: new Date(at).toISOString() }) ?? {
          ...signal,
          updatedAt: now,
          version: signal.version + 1,
        }
      )
    case 'credential-change': {
      const change = textIn(claims.change_type, ['create', 'revoke', 'update', 'delete'])
      return change === null
        ? null
        : said({ credential_change: change, credential_changed_at: new Date(at).toISOString() })
    }
    case 'assurance-level-change': {
      const level = claims.current_level
      return typeof level === 'string' && level !== '' && level.length <= 100 ? said({ assurance_level: level }) : null
    }
    case 'device-compliance-change': {
      const status = textIn(claims.current_status, ['compliant', 'not-compliant'])
      return status === null ? null : said({ device_compliance: status.replace('-', '_') })
    }
    case 'risk-level-change': {
      const level = textIn(claims.current_level, RISKS) as Risk | null
      const told = level === null ? null : said({ heard_risk: level })
      const { risk_reason: why } = claims
      const reason = typeof why === 'string' ? why.slice(0, 1_000) : null
      return level === null || told === null ? null : raised(told, { level, until: null, source, reason }, now)
    }
  }
}

const textIn = (value: unknown, among: readonly string[]): string | null => {
  const text = typeof value === 'string' ? value.toLowerCase() : null
  return text !== null && among.includes(text) ? text : null
}
