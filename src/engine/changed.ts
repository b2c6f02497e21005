import { buildIndex, type RuleIndex } from './candidates.ts'
import type { CompiledRule, Conjunct } from './clause.ts'
import type { PolicySet } from './compile.ts'

/**
 * The rules that only one of two sets of an org has. Null where the sets may differ in more than that: in their zone, in the order
 * of what both have, or in how often they have it.
 * INVARIANT: where no rule of it concerns a link, both sets leave the same residual of it, the same facts given.
 */
export function changedRules(before: PolicySet, after: PolicySet): RuleIndex | null {
  if (before.org !== after.org || before.zone !== after.zone) return null
  const places = new Map(before.rules.map((rule, place) => [bodyOf(rule), place]))
  if (places.size < before.rules.length) return null
  const changed: CompiledRule[] = []
  const kept = new Set<readonly Conjunct[]>()
  let last = -1
  for (const rule of after.rules) {
    const place = places.get(bodyOf(rule))
    if (place === undefined) changed.push(rule)
    else if (place <= last) return null
    else {
      last = place
      kept.add(bodyOf(rule))
    }
  }
  for (const rule of before.rules) if (!kept.has(bodyOf(rule))) changed.push(rule)
  return buildIndex(changed)
}

/** The same object in every set that has the rule as it was compiled once, wherever it stands. */
const bodyOf = ({ conjuncts }: CompiledRule): readonly Conjunct[] => conjuncts
