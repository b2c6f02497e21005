import type { ChainedEvent } from '../../facts/audit.ts'
import { auditKind, type Severity } from '../../facts/audit-kinds.ts'
import { FACILITIES, type Facility } from '../../facts/siem-sink.ts'

const SEVERITY: Readonly<Record<Severity, number>> = { critical: 2, warning: 4, notice: 5, info: 6 }

/** A private enterprise number is an id of whoever names the elements; this is the one for examples (RFC 5612). */
const ENTERPRISE = 32473

/** A value of structured data: three characters are escaped, and nothing else may be. */
const value = (text: string): string => text.replaceAll(/["\\\]]/g, found => `\\${found}`)

/** A name in a header: printable, without spaces. */
const header = (text: string, most: number): string => text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, most) || '-'

/** The event as JSON, with what proves it. */
export const eventJson = (org: string, { link, ...event }: ChainedEvent): string =>
  JSON.stringify({ org, ...event, time: new Date(event.at).toISOString(), hash: link.hash, prev_hash: link.prevHash })

/**
 * The event as a message of syslog (RFC 5424): what is searched for in structured data, all of it as JSON behind the byte
 * order mark that says UTF-8.
 */
export function syslogMessage(org: string, event: ChainedEvent, facility: Facility): string {
  const { seq, at, kind, actor, target, outcome = 'success', task, decision, trace, link } = event
  const priority = FACILITIES[facility] * 8 + SEVERITY[auditKind(kind).severity]
  const members = { org, seq: String(seq), actor, target, outcome, task, decision, trace, hash: link.hash }
  const told = Object.entries(members).flatMap(([name, text]) => (text == null ? [] : [`${name}="${value(text)}"`]))
  const time = new Date(at).toISOString()
  const head = `<${priority}>1 ${time} ${header(org, 255)} lumoauth - ${header(kind, 32)}`
  return `${head} [audit@${ENTERPRISE} ${told.join(' ')}] \ufeff${eventJson(org, event)}`
}
