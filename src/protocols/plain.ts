import type { Json, JsonObject } from '../policy/json.ts'

/** Pieces of quick readings of bodies. INVARIANT: each takes nothing that the schema of the same thing would not. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isObjectOrAbsent = (value: unknown): boolean => value === undefined || isObject(value)

export const isObjectOrNone = (value: unknown): boolean => value == null || isObject(value)

export const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longest

export const matches = (value: unknown, form: RegExp): value is string => typeof value === 'string' && form.test(value)

/** Whether a list has so many items at the most, at least one, and each is of a kind. */
export function isListOf(value: Json | undefined, most: number, is: (item: Json) => boolean): value is readonly Json[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return false
  for (const item of value as readonly Json[]) if (!is(item)) return false
  return true
}
