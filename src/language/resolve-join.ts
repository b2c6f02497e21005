import type { Condition } from '../policy/ast.ts'
import { choose, fail, type Place, type Scope } from './scope.ts'
import type { Conjunction } from './syntax.ts'
import type { Token } from './token.ts'

/** A condition in a list, before the list says how its parts go together. */
export interface Part {
  readonly conj: Conjunction
  readonly mark: Token | null
  readonly condition: Condition
  /** Parts of an `all` that stand for one clause (`between two dates`) and may join the list around them. */
  readonly spread: boolean
}

export type Combined = { readonly mode: 'all' | 'any'; readonly of: readonly Condition[] }

export const oneOf = (combined: Combined): Condition => {
  const [only, second] = combined.of
  return only !== undefined && second === undefined ? only : { kind: combined.mode, of: combined.of }
}

/** Gathers what `either` and `both` bind together. */
function marked(parts: readonly Part[], scope: Scope): readonly Part[] | null {
  const found: Part[] = []
  for (let i = 0; i < parts.length; ) {
    const part = parts[i] as Part
    if (part.mark === null) {
      found.push(part)
      i += 1
      continue
    }
    const word = part.mark.word === 'either' ? 'or' : 'and'
    let end = i + 1
    while (parts[end]?.conj === word && parts[end]?.mark === null) end += 1
    if (end === i + 1) {
      return fail(scope, 'syntax', part.mark, `\`${part.mark.text}\` needs \`${word}\` after it`, {
        expected: [`\`${word}\``],
      })
    }
    const of = parts.slice(i, end).map(p => p.condition)
    found.push({ conj: part.conj, mark: null, spread: false, condition: { kind: word === 'or' ? 'any' : 'all', of } })
    i = end
  }
  return found
}

/** Splits a list wherever `cut` holds of the word that joins, and makes one condition of each stretch. */
function grouped(
  parts: readonly Part[],
  cut: (conj: Conjunction) => boolean,
  inner: 'all' | 'any',
): readonly Condition[] {
  const runs: Condition[][] = []
  for (const [i, part] of parts.entries()) {
    const run = runs[runs.length - 1]
    if (i === 0 || run === undefined || cut(part.conj)) runs.push([part.condition])
    else run.push(part.condition)
  }
  return runs.map(of => oneOf({ mode: inner, of }))
}

/** Puts a list together: all of `and`, all of `or`, or a fork where the two are mixed without `either` or `both`. */
export function combine(list: readonly Part[], at: Place, scope: Scope): Combined | null {
  const parts = marked(list, scope)
  if (parts === null) return null
  const rest = parts.slice(1).map(part => part.conj)
  const ors = rest.filter(conj => conj === 'or').length
  if (ors === 0)
    return {
      mode: 'all',
      of: parts.flatMap(part => (part.spread && part.condition.kind === 'all' ? part.condition.of : [part.condition])),
    }
  if (ors === rest.length) return { mode: 'any', of: parts.map(part => part.condition) }
  const way = choose(scope, at, '`and` and `or` are mixed, so it can be read in more than one way', 2)
  if (way === 1) return { mode: 'all', of: grouped(parts, conj => conj !== 'or', 'any') }
  const serial = rest.slice(0, -1).every(conj => conj === ',') && rest[rest.length - 1] === 'or'
  if (serial) return { mode: 'any', of: parts.map(part => part.condition) }
  return { mode: 'any', of: grouped(parts, conj => conj === 'or', 'all') }
}
