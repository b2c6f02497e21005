import type { Json } from '../policy/json.ts'
import type { Truth } from '../policy/question.ts'
import type { Uses } from './uses.ts'

/** A set of truths that are still possible. */
export type Mask = number
export const NO = 1
export const UNKNOWN = 2
export const YES = 4
export const ANY = 7

/** What a variable holds: a yes or a no of a relation, an instant, the value of an attribute or undefined for none. */
export type Value = Json | undefined
export type Read = (variable: string) => Value

/** A test of one or two variables. `key` is equal exactly for tests that ask the same of the same. */
export interface Atom {
  readonly key: string
  readonly variables: readonly string[]
  readonly uses: Uses
  readonly truth: (read: Read) => Mask
}

export type Formula =
  | { readonly kind: 'const'; readonly mask: Mask }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Formula[] }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'atom'; readonly atom: Atom }

export const constant = (mask: Mask): Formula => ({ kind: 'const', mask })
export const isTrue = (holds: boolean): Formula => constant(holds ? YES : NO)
export const maskOf = (truth: Truth): Mask => (truth === 'yes' ? YES : truth === 'no' ? NO : UNKNOWN)

/** Drops what cannot matter and flattens lists of the same kind. */
export function join(kind: 'all' | 'any', parts: readonly Formula[]): Formula {
  const [decisive, neutral] = kind === 'all' ? [NO, YES] : [YES, NO]
  const left: Formula[] = []
  for (const part of parts) {
    if (part.kind === 'const' && part.mask === decisive) return part
    if (part.kind === 'const' && part.mask === neutral) continue
    if (part.kind === kind) left.push(...part.of)
    else left.push(part)
  }
  const [only, ...more] = left
  if (only === undefined) return constant(neutral)
  return more.length === 0 ? only : { kind, of: left }
}

export function negated(of: Formula): Formula {
  if (of.kind === 'const') return constant(flip(of.mask))
  return of.kind === 'not' ? of.of : { kind: 'not', of }
}

const flip = (mask: Mask): Mask => (mask & UNKNOWN) | (mask & NO ? YES : 0) | (mask & YES ? NO : 0)

function both(a: Mask, b: Mask): Mask {
  const no = (a | b) & NO
  const yes = a & b & YES
  const unknown = (a & UNKNOWN && b & (UNKNOWN | YES)) || (b & UNKNOWN && a & (UNKNOWN | YES)) ? UNKNOWN : 0
  return no | yes | unknown
}

/** The truths a formula can come to, given those its atoms can. Exact once every atom has one. */
export function possible(formula: Formula, of: (atom: Atom) => Mask): Mask {
  switch (formula.kind) {
    case 'const':
      return formula.mask
    case 'atom':
      return of(formula.atom)
    case 'not':
      return flip(possible(formula.of, of))
    case 'all': {
      let mask = YES
      for (const part of formula.of) {
        mask = both(mask, possible(part, of))
        if (mask === NO) return NO
      }
      return mask
    }
    case 'any': {
      let mask = YES
      for (const part of formula.of) {
        mask = both(mask, flip(possible(part, of)))
        if (mask === NO) return YES
      }
      return flip(mask)
    }
  }
}

const atomLists = new WeakMap<Formula, readonly Atom[]>()

/** Every atom of a formula, each place once. */
export function atomsOf(formula: Formula): readonly Atom[] {
  const kept = atomLists.get(formula)
  if (kept !== undefined) return kept
  const found: Atom[] = []
  collect(formula, found)
  atomLists.set(formula, found)
  return found
}

function collect(formula: Formula, into: Atom[]): void {
  switch (formula.kind) {
    case 'const':
      return
    case 'atom':
      into.push(formula.atom)
      return
    case 'not':
      collect(formula.of, into)
      return
    case 'all':
    case 'any':
      for (const part of formula.of) collect(part, into)
  }
}
