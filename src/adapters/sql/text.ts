import type { Json } from '../../policy/json.ts'

/** Can PostgreSQL hold this text, byte for byte? It holds no NUL, and no half of a surrogate pair. */
export const storable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Fails with a TypeError where a text anywhere inside, or a member's name, cannot be stored. */
export function mustBeStorable(value: Json | object): void {
  if (typeof value === 'string') {
    if (!storable(value)) {
      throw new TypeError('text with a NUL character or half of a surrogate pair cannot be stored')
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    mustBeStorable(name)
    mustBeStorable(member)
  }
}

/** The text with what cannot be stored replaced by U+FFFD: for columns that are only searched by. */
export const nearestStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')
