import type { JsonObject } from '../policy/json.ts'
import type { When } from '../policy/question.ts'

/**
 * An answer during a walk: 0 no, 1 yes, anything else a number in `Terms`, for what conditions or limits leave open.
 * The first few numbers are the same everywhere.
 */
export const NO = 0
export const YES = 1
export const DEPTH = 2
/** Too far by any way, where `DEPTH` is by the way that was taken. */
export const FAR = 3
export const WORK = 4
export const CYCLE = 5
export const EVERYONE = 6
export const COMPLEX = 7
const FIRST = 8

/** `passing` marks what depends on the way taken: an answer with such a part holds only where it was found. */
type Term =
  | { readonly kind: 'limit'; readonly passing: boolean }
  | { readonly kind: 'failed'; readonly why: string; readonly passing: false }
  | { readonly kind: 'condition'; readonly name: string; readonly context: JsonObject; readonly passing: false }
  | { readonly kind: 'any' | 'all'; readonly a: number; readonly b: number; readonly passing: boolean }
  | { readonly kind: 'not'; readonly a: number; readonly passing: boolean }

/** What one question's answers are made of; what is the same has the same number. */
export interface Terms {
  list: Term[] | null
  numbers: Map<string, number> | null
}

const limit = (passing: boolean): Term => ({ kind: 'limit', passing })
const LIMITS: readonly Term[] = [false, false, true, false, true, true, false, true].map(limit)

export const createTerms = (): Terms => ({ list: null, numbers: null })

/** More than this and the conditions are too many to say. */
const MOST_TERMS = 20_000
const MOST_LEAVES = 500

const term = (t: Terms, value: number): Term => (value < FIRST ? LIMITS[value] : t.list?.[value - FIRST]) as Term

export const isPassing = (t: Terms, value: number): boolean => value > YES && term(t, value).passing

function add(t: Terms, key: string, make: () => Term): number {
  t.numbers ??= new Map()
  t.list ??= []
  const known = t.numbers.get(key)
  if (known !== undefined) return known
  if (t.list.length >= MOST_TERMS) return COMPLEX
  const number = t.list.push(make()) - 1 + FIRST
  t.numbers.set(key, number)
  return number
}

export const conditionTerm = (t: Terms, name: string, context: JsonObject): number =>
  add(t, `c${JSON.stringify([name, sorted(context)])}`, () => ({ kind: 'condition', name, context, passing: false }))

export const failedTerm = (t: Terms, why: string): number =>
  add(t, `f${why}`, () => ({ kind: 'failed', why, passing: false }))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
}

export function both(t: Terms, a: number, b: number): number {
  if (a === NO || b === NO) return NO
  if (a === YES || a === b) return b
  return b === YES ? a : pair(t, 'all', a, b)
}

export function either(t: Terms, a: number, b: number): number {
  if (a === YES || b === YES) return YES
  if (a === NO || a === b) return b
  return b === NO ? a : pair(t, 'any', a, b)
}

function pair(t: Terms, kind: 'any' | 'all', a: number, b: number): number {
  const left = term(t, a)
  if (left.kind === kind && (left.a === b || left.b === b)) return a
  const passing = left.passing || term(t, b).passing
  return add(t, `${kind}${a},${b}`, () => ({ kind, a, b, passing }))
}

export function opposite(t: Terms, a: number): number {
  if (a === NO) return YES
  if (a === YES) return NO
  const of = term(t, a)
  if (of.kind === 'not') return of.a
  return of.kind === 'limit' || of.kind === 'failed'
    ? a
    : add(t, `n${a}`, () => ({ kind: 'not', a, passing: of.passing }))
}

/** What is evaluated in a call's context, or null where no condition is left open or they are too many. */
export function whenOf(t: Terms, value: number, limits: Limits): When | null {
  let leaves = 0
  let conditions = 0
  const tree = (n: number): When => {
    const of = term(t, n)
    switch (of.kind) {
      case 'limit':
      case 'failed':
        leaves++
        return { kind: 'unknown', why: of.kind === 'failed' ? of.why : limitReason(n, limits) }
      case 'condition':
        leaves++
        conditions++
        return { kind: 'condition', name: of.name, context: of.context }
      case 'not':
        return { kind: 'not', of: tree(of.a) }
      case 'any':
      case 'all': {
        const parts = new Set<number>()
        gather(of.kind, n, parts)
        const made: When[] = []
        for (const part of parts) {
          if (leaves > MOST_LEAVES) break
          made.push(tree(part))
        }
        return { kind: of.kind, of: made }
      }
    }
  }
  const gather = (kind: 'any' | 'all', from: number, into: Set<number>): void => {
    const queue = [from]
    for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
      const of = term(t, n)
      if (of.kind === kind) queue.push(of.b, of.a)
      else into.add(n)
    }
  }
  if (value <= YES) return null
  const made = tree(value)
  return conditions === 0 || leaves > MOST_LEAVES ? null : made
}

export interface Limits {
  readonly depth: number
  readonly work: number
}

function limitReason(value: number, limits: Limits): string {
  switch (value) {
    case DEPTH:
    case FAR:
      return `the chain of tuples is longer than ${limits.depth} hops`
    case WORK:
      return `the search took more than ${limits.work} steps`
    case CYCLE:
      return 'the answer depends on its own negation'
    case EVERYONE:
      return 'a chain of relations leads through everyone'
    default:
      return 'too many conditions decide the answer'
  }
}

/** What could not be had, joined: conditions first, then what failed, then limits, each sorted. */
export function reasonOf(t: Terms, value: number, limits: Limits): string {
  const conditions = new Set<string>()
  const failed = new Set<string>()
  const reached = new Set<number>()
  const seen = new Set<number>()
  const queue = [value]
  for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
    if (seen.has(n)) continue
    seen.add(n)
    const of = term(t, n)
    if (of.kind === 'condition') conditions.add(`condition \`${of.name}\` is not evaluated`)
    else if (of.kind === 'failed') failed.add(of.why)
    else if (of.kind === 'limit') reached.add(n)
    else if (of.kind === 'not') queue.push(of.a)
    else queue.push(of.a, of.b)
  }
  const limitsReached = [...reached].sort((a, b) => a - b).map(n => limitReason(n, limits))
  return [...[...conditions].sort(), ...[...failed].sort(), ...new Set(limitsReached)].join('; ')
}

/** Whether a limit was reached on the way to an answer; the least of them. */
export function limitIn(t: Terms, value: number): number | null {
  const seen = new Set<number>()
  const queue = [value]
  let least: number | null = null
  for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
    if (n <= YES || seen.has(n)) continue
    seen.add(n)
    const of = term(t, n)
    if (of.kind === 'limit') least = least === null ? n : Math.min(least, n)
    else if (of.kind === 'not') queue.push(of.a)
    else if (of.kind === 'any' || of.kind === 'all') queue.push(of.a, of.b)
  }
  return least
}
