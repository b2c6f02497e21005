import type { Json, JsonObject } from './json.ts'

/**
 * The one text of a JSON value (RFC 8785): members by the code units of their names, no spaces, numbers and strings as
 * ECMAScript writes them. What JSON cannot say (undefined) is left out.
 */
export function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const object = value as JsonObject
  const parts: string[] = []
  for (const name of Object.keys(object).sort()) {
    const member = object[name]
    if (member !== undefined) parts.push(`${JSON.stringify(name)}:${canonical(member)}`)
  }
  return `{${parts.join()}}`
}
