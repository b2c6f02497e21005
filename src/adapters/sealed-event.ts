import type { AuditEvent, SealedEvent } from '../facts/audit.ts'
import { partText, split } from '../facts/audit-parts.ts'
import { salt, sha256 } from '../lib/ids.ts'
import { canonical } from '../policy/canonical.ts'
import type { Json } from '../policy/json.ts'
import { nearestStorable } from './sql/text.ts'

/** As JSON writes what PostgreSQL holds in no text: NUL, and half of a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** Takes an event apart and seals what tells of a person. It is rendered: texts that wait cost the collector little. */
export function sealedEvent(event: AuditEvent): SealedEvent {
  const made = sealed(event)
  if (isStorable(made.open) && isStorable(made.parts)) return made
  return sealed(mended(event as unknown as Json) as unknown as AuditEvent)
}

const isStorable = (text: string): boolean => !text.includes('\\u') || !UNSTORABLE.test(text)

function sealed(event: AuditEvent): SealedEvent {
  const { open, parts, names } = split(event)
  const { id, at, kind, actor, outcome = 'success' } = event
  const texts = parts.map(({ members, of }) => partText({ members, of, salt: salt() }))
  return {
    ...{ id, at, kind, outcome, actor, names },
    open: canonical(open),
    sealed: texts.map(sha256),
    parts: `[${texts.join()}]`,
  }
}

function mended(value: Json): Json {
  if (typeof value === 'string') return nearestStorable(value)
  if (Array.isArray(value)) return value.map(mended)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [nearestStorable(name), mended(member)]))
}
