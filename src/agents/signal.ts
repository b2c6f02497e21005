import type { Entity } from '../policy/entity.ts'
import { printEntity } from '../policy/entity.ts'
import { RISK_LEVEL, UNREVIEWED_RISK } from '../policy/unsaid.ts'
import { RISKS, type Risk } from './approval.ts'

/** What has been heard of somebody or something: how much risk there is, and what else rules may ask. One for each. */
export interface Signal {
  readonly kind: 'signal'
  /** The entity, as text. */
  readonly id: string
  readonly of: Entity
  readonly level: Risk
  readonly since: number
  /** When the level is low again by itself; null: when somebody says so. */
  readonly until: number | null
  /** Who said so, as an entity: an admin, the service itself, a transmitter. */
  readonly source: string
  readonly reason: string | null
  /** The most there was since somebody last looked at it. It does not end by itself. */
  readonly unreviewed: Risk
  readonly reviewed: { readonly by: string; readonly at: number; readonly notes: string | null } | null
  /** What transmitters said beside the risk, by the name of the fact. */
  readonly said: Readonly<Record<string, Said>>
  /** The last events that changed it, by their digests: each does so once. */
  readonly heard: readonly string[]
  readonly updatedAt: number
  readonly version: number
}

export interface Said {
  readonly value: string
  readonly at: number
  readonly source: string
}

/** Facts of a signal that rules may name, beside those of the risk. */
export const SAID = [
  'device_compliance',
  'assurance_level',
  'credential_change',
  'credential_changed_at',
  'session_revoked_at',
  // The level as a transmitter put it, whatever an admin made of it since.
  'heard_risk',
] as const
export type SaidName = (typeof SAID)[number]

/** All of them: what a change of a signal may change. */
export const SIGNAL_FACTS: readonly string[] = [RISK_LEVEL, UNREVIEWED_RISK, ...SAID]

export const worse = (a: Risk, b: Risk): Risk => (RISKS.indexOf(a) >= RISKS.indexOf(b) ? a : b)

/** Of whom nothing has been heard. */
export const quiet = (of: Entity, now: number): Signal => ({
  kind: 'signal',
  id: printEntity(of),
  of,
  level: 'low',
  since: now,
  until: null,
  source: 'system:lumoauth',
  reason: null,
  unreviewed: 'low',
  reviewed: null,
  said: {},
  heard: [],
  updatedAt: now,
  version: 0,
})

export interface Raised {
  readonly level: Risk
  readonly until: number | null
  readonly source: string
  readonly reason: string | null
}

/** INVARIANT: no level takes away what nobody has reviewed. */
export const raised = (signal: Signal, to: Raised, now: number): Signal => ({
  ...signal,
  ...to,
  since: to.level === signal.level ? signal.since : now,
  unreviewed: worse(signal.unreviewed, to.level),
  reviewed: null,
  updatedAt: now,
  version: signal.version + 1,
})

/** Somebody has looked: what remains is the level they say. */
export const reviewed = (signal: Signal, level: Risk, by: string, notes: string | null, now: number): Signal => ({
  ...signal,
  level,
  since: level === signal.level ? signal.since : now,
  until: level === 'low' ? null : signal.until,
  unreviewed: level,
  reviewed: { by, at: now, notes },
  updatedAt: now,
  version: signal.version + 1,
})

/** Its time is over: the level is low again, and what is to be reviewed stays so. */
export const lapsed = (signal: Signal, now: number): Signal => ({
  ...signal,
  level: 'low',
  since: now,
  until: null,
  updatedAt: now,
  version: signal.version + 1,
})

/** Whether it says no more than its absence would. */
export const isQuiet = ({ level, unreviewed, said }: Signal): boolean =>
  level === 'low' && unreviewed === 'low' && Object.keys(said).length === 0
