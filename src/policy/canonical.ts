import type { Json, JsonObject } from './json.ts'

/**
 * The one text of a JSON value (RFC 8785): members by the code units of their names, no spaces, numbers and strings as
 * ECMAScript writes them. What JSON cannot say (undefined) is left out.
 */
export const canonical = (value: Json): string => (isInOrder(value) ? JSON.stringify(value) : ordered(value))

/** Whether members stand in their order already, all the way down: then the engine's own text is the canonical one. */
function isInOrder(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && !isInOrder(item)) return false
    return true
  }
  let before = ''
  let first = true
  for (const name in value) {
    if (!first && name <= before) return false
    first = false
    before = name
    const member = (value as JsonObject)[name] as Json
    if (typeof member === 'object' && !isInOrder(member)) return false
  }
  return true
}

function ordered(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(ordered).join()}]`
  const object = value as JsonObject
  const parts: string[] = []
  for (const name of Object.keys(object).sort()) {
    const member = object[name]
    if (member !== undefined) parts.push(`${JSON.stringify(name)}:${ordered(member)}`)
  }
  return `{${parts.join()}}`
}
