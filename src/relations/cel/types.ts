/**
 * A type as the checker sees it. `any` is known only when a value is there; one that is `closed` must be looked into
 * before it can be gone through. `A` and the like stand for one type.
 */
export type Type =
  | { readonly kind: 'plain'; readonly name: string }
  | { readonly kind: 'any'; readonly closed?: true }
  | { readonly kind: 'list'; readonly of: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'variable'; readonly name: string }

export const plain = (name: string): Type => ({ kind: 'plain', name })
export const ANY: Type = { kind: 'any' }
export const BOOL = plain('bool')

export interface Signature {
  readonly args: readonly Type[]
  readonly result: Type
}

/** Reads `A,list(A)->bool`. Names of one letter are variables. */
export function signature(text: string): Signature {
  const [args = '', result = ''] = text.split('->')
  return { args: args === '' ? [] : splitTypes(args).map(readType), result: readType(result) }
}

function splitTypes(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '(') depth++
    if (text[i] === ')') depth--
    if (i === text.length || (text[i] === ',' && depth === 0)) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return parts
}

export function readType(text: string): Type {
  if (text === 'any') return { kind: 'any', closed: true }
  if (text === 'dyn') return ANY
  if (/^[A-Z]$/.test(text)) return { kind: 'variable', name: text }
  const [, outer, inner = ''] = /^(list|map)[(<](.*)[)>]$/.exec(text) ?? []
  if (outer === 'list') return { kind: 'list', of: readType(inner) }
  if (outer === 'map') {
    const [first = '', second] = splitTypes(inner)
    return second === undefined
      ? { kind: 'map', key: plain('string'), value: readType(first) }
      : { kind: 'map', key: readType(first), value: readType(second) }
  }
  return plain(text)
}

export function printType(t: Type): string {
  switch (t.kind) {
    case 'plain':
      return t.name
    case 'any':
    case 'variable':
      return 'any'
    case 'list':
      return `list<${printType(t.of)}>`
    case 'map':
      return `map<${printType(t.key)}, ${printType(t.value)}>`
  }
}

/** What variables stand for. */
export type Known = Map<string, Type>

export function resolved(t: Type, known: Known): Type {
  switch (t.kind) {
    case 'variable': {
      const found = known.get(t.name)
      return found === undefined ? t : resolved(found, known)
    }
    case 'list':
      return { kind: 'list', of: resolved(t.of, known) }
    case 'map':
      return { kind: 'map', key: resolved(t.key, known), value: resolved(t.value, known) }
    default:
      return t
  }
}

/** Can a value of one type stand where the other is wanted? Learns what variables must be. */
export function fits(from: Type, to: Type, known: Known): boolean {
  const a = resolved(from, known)
  const b = resolved(to, known)
  if (a.kind === 'variable' && b.kind === 'variable' && a.name === b.name) return true
  if (b.kind === 'variable') return learn(b.name, a, known)
  if (a.kind === 'variable') return learn(a.name, b, known)
  if (a.kind === 'any' || b.kind === 'any') {
    if (to.kind === 'variable' && a.kind === 'any') known.set(root(to.name, known), ANY)
    return true
  }
  if (a.kind === 'plain' && b.kind === 'plain') return a.name === b.name
  if (a.kind === 'list' && b.kind === 'list') return fits(a.of, b.of, known)
  if (a.kind === 'map' && b.kind === 'map') return fits(a.key, b.key, known) && fits(a.value, b.value, known)
  return false
}

/** The last variable of a chain of them. */
function root(name: string, known: Known): string {
  const next = known.get(name)
  return next?.kind === 'variable' ? root(next.name, known) : name
}

function learn(name: string, t: Type, known: Known): boolean {
  if (mentions(t, name)) return false
  known.set(name, t)
  return true
}

function mentions(t: Type, name: string): boolean {
  switch (t.kind) {
    case 'variable':
      return t.name === name
    case 'list':
      return mentions(t.of, name)
    case 'map':
      return mentions(t.key, name) || mentions(t.value, name)
    default:
      return false
  }
}
