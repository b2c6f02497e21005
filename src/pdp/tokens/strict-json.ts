import type { Json } from '../../policy/json.ts'

/** Parses JSON in which no object names a member twice. Fails with `SyntaxError`. */
export function parseStrict(text: string): Json {
  const value = JSON.parse(text) as Json
  // Each member in the text has one colon outside strings; one that is named twice is in the value once.
  if (colonsIn(text) !== membersIn(value)) throw new SyntaxError('a member is named twice')
  return value
}

function colonsIn(text: string): number {
  let count = 0
  let inText = false
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (inText) {
      if (c === 92) i += 1
      else if (c === 34) inText = false
    } else if (c === 34) inText = true
    else if (c === 58) count += 1
  }
  return count
}

function membersIn(value: Json): number {
  if (value === null || typeof value !== 'object') return 0
  let count = 0
  for (const item of Object.values(value)) count += membersIn(item)
  return Array.isArray(value) ? count : count + Object.keys(value).length
}
