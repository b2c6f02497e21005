/** What a caller may send and a store may keep. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** Whether two values say the same, whatever the order of members. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => sameJson(item as Json, b[i] as Json))
  }
  const [x, y] = [a as JsonObject, b as JsonObject]
  const names = Object.keys(x)
  return (
    names.length === Object.keys(y).length &&
    names.every(name => Object.hasOwn(y, name) && sameJson(x[name] as Json, y[name] as Json))
  )
}
