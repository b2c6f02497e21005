import type { ChainedEvent } from '../../facts/audit.ts'
import { joined, linkText, partText, split } from '../../facts/audit-parts.ts'
import { sha256 } from '../../lib/ids.ts'
import { canonical } from '../../policy/canonical.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

/** What is wrong with one event, whatever stands around it. */
export function faultsOf(org: string, { seq, link }: Pick<ChainedEvent, 'seq' | 'link'>): readonly string[] {
  const faults: string[] = []
  if (!isCanonical(link.open)) faults.push('its text is not canonical')
  if (link.parts.length !== link.sealed.length) faults.push('what tells of persons was added or removed')
  for (const [i, part] of link.parts.entries()) {
    if (part !== null && sha256(partText(part)) !== link.sealed[i]) faults.push('what it tells of a person was changed')
  }
  if (sha256(linkText(org, seq, link)) !== link.hash) faults.push('it is not what was hashed')
  return faults
}

function isCanonical(text: string): boolean {
  try {
    return canonical(JSON.parse(text) as Json) === text
  } catch {
    return false
  }
}

/** What an event is found by, made of what is left of it. */
export function namesOf({ open, parts }: Pick<ChainedEvent['link'], 'open' | 'parts'>): readonly string[] {
  const { names } = split(joined(JSON.parse(open) as JsonObject, parts))
  return [...new Set([...names, ...parts.flatMap(part => (part === null ? [] : [part.of]))])]
}
