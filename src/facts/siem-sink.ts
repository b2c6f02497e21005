export const FACILITIES = {
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const
export type Facility = keyof typeof FACILITIES

export const SYSLOG_TRANSPORTS = ['tls', 'tcp', 'udp'] as const

export interface SyslogWay {
  readonly type: 'syslog'
  readonly host: string
  readonly port: number
  readonly transport: (typeof SYSLOG_TRANSPORTS)[number]
  readonly facility: Facility
}

/** A POST of one event each. `authorization` is sealed. */
export interface WebhookWay {
  readonly type: 'webhook'
  readonly url: string
  readonly format: 'json' | 'ocsf'
  readonly authorization: string | null
}

/** A place that gets the whole record of an org, event by event, in its order. */
export interface SiemSink {
  readonly kind: 'siem_sink'
  /** `sink_…` */
  readonly id: string
  readonly name: string
  readonly via: SyslogWay | WebhookWay
  /** Kinds of events, or what they begin with up to a dot and a star; null is all. */
  readonly kinds: readonly string[] | null
  readonly active: boolean
  readonly createdAt: number
  readonly version: number
}

export const MOST_SINKS = 20

export const wants = ({ kinds }: Pick<SiemSink, 'kinds'>, kind: string): boolean =>
  kinds === null || kinds.some(one => (one.endsWith('.*') ? kind.startsWith(one.slice(0, -1)) : one === kind))
