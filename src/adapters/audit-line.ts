import type { AuditEvent } from '../facts/audit.ts'
import { split } from '../facts/audit-parts.ts'
import { canonical } from '../policy/canonical.ts'
import type { Json } from '../policy/json.ts'
import { nearestStorable } from './sql/text.ts'

/** As JSON writes what PostgreSQL holds in no text: NUL, and half of a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** An event as the database takes it into the chain: what it is found by, the text that is hashed, and what is sealed. */
export function auditLine(event: AuditEvent): string {
  const line = rendered(event)
  if (!line.includes('\\u') || !UNSTORABLE.test(line)) return line
  return rendered(mended(event as unknown as Json) as unknown as AuditEvent)
}

function rendered(event: AuditEvent): string {
  const { open, parts, names } = split(event)
  const actor = open.actor === undefined ? `"actor":${JSON.stringify(event.actor)},` : ''
  return `{${actor}"names":${JSON.stringify(names)},"parts":${canonical(parts as unknown as Json)},"event":${canonical(open)}}`
}

function mended(value: Json): Json {
  if (typeof value === 'string') return nearestStorable(value)
  if (Array.isArray(value)) return value.map(mended)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [nearestStorable(name), mended(member)]))
}
