import { isDeepStrictEqual } from 'node:util'
import type { SourceRule } from '../engine/compile.ts'
import type { Effect, Verdict } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'

/** A rule behind a flip. `both`: it stands in both policies, and means the same or not. */
export interface RuleDifference {
  readonly rule: string
  readonly sentence: string
  readonly in: 'published' | 'draft' | 'both'
}

/** A logged request that the draft answers otherwise than the published policy. */
export interface Flip {
  readonly decision: string
  readonly at: number
  readonly request: Request
  readonly before: Effect
  readonly after: Effect
  /** What was answered then. */
  readonly logged: Effect
  /** The rules that make the difference. */
  readonly rules: readonly RuleDifference[]
}

type Rules = ReadonlyMap<string, SourceRule>

/**
 * Names what makes two verdicts differ: the reasons that only one policy has, or that mean something else in the
 * other; where no reason is such a rule, all reasons of both.
 */
export function compareRules(
  published: readonly SourceRule[],
  draft: readonly SourceRule[],
): (before: Verdict, after: Verdict) => readonly RuleDifference[] {
  const old: Rules = new Map(published.map(r => [r.id, r]))
  const now: Rules = new Map(draft.map(r => [r.id, r]))
  const differ = new Map<string, boolean>()
  const differs = (id: string): boolean => {
    const known = differ.get(id)
    if (known !== undefined) return known
    const made = !isDeepStrictEqual(old.get(id)?.rule, now.get(id)?.rule)
    differ.set(id, made)
    return made
  }
  return (before, after) => {
    const ids = [...new Set([...before.reasons, ...after.reasons].map(r => r.rule))]
    const own = ids.filter(differs)
    return (own.length > 0 ? own : ids).map(id => {
      const [was, is] = [old.get(id), now.get(id)]
      return {
        rule: id,
        sentence: (is ?? was)?.text ?? id,
        in: was === undefined ? 'draft' : is === undefined ? 'published' : 'both',
      }
    })
  }
}

/** Flips with one rule behind them, by what they turn from and to. */
export interface FlipGroup extends RuleDifference {
  readonly count: number
  readonly turns: readonly { readonly before: Effect; readonly after: Effect; readonly count: number }[]
  /** The newest flips, up to a bound. */
  readonly examples: readonly Flip[]
}

/** Groups flips by rule, the rule behind most of them first. A flip with several rules is in the group of each. */
export function groupFlips(flips: readonly Flip[], examples: number): readonly FlipGroup[] {
  const groups = new Map<string, { readonly difference: RuleDifference; readonly flips: Flip[] }>()
  for (const flip of flips) {
    for (const difference of flip.rules) {
      const known = groups.get(difference.rule)
      if (known === undefined) groups.set(difference.rule, { difference, flips: [flip] })
      else known.flips.push(flip)
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.flips.length - a.flips.length || (a.difference.rule < b.difference.rule ? -1 : 1))
    .map(({ difference, flips: own }) => ({
      ...difference,
      count: own.length,
      turns: countTurns(own),
      examples: own.slice(0, examples),
    }))
}

/** How many flips turn from what to what. */
export function countTurns(flips: readonly Flip[]): FlipGroup['turns'] {
  const counts = new Map<string, { before: Effect; after: Effect; count: number }>()
  for (const { before, after } of flips) {
    const key = `${before} ${after}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { before, after, count: 1 })
    else known.count += 1
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}
