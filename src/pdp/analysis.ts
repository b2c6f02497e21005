import { type Analysis, analyse } from '../analysis/analyse.ts'
import type { SourceRule } from '../engine/compile.ts'
import type { Compiled } from '../language/compile.ts'
import type { OrgState } from './org.ts'

export type { Analysis, Example, Finding } from '../analysis/analyse.ts'

/** What an author is made to wait for, and everyone else with them: some tenths of a second. */
const BUDGET = 60_000

/** With more rules than this, flaws are looked for only where the text differs from what is published. */
const MOST_LOOKED_THROUGH = 200

/** The rules an org has beside its own, which come first. */
const shippedOf = ({ rules }: OrgState): readonly SourceRule[] => rules.filter(rule => rule.id.startsWith('shipped_'))

/** What a text would change and what is wrong with it, against the rules that decide now. It never stands in the way. */
export function analysisOf(compiled: Compiled, state: OrgState, before: readonly SourceRule[] = state.rules): Analysis {
  const { org } = state
  const rules = [...shippedOf(state), ...compiled.rules.map(({ id, text, rule }) => ({ id, text, rule }))]
  return analyse({
    rules,
    before,
    vocabulary: compiled.vocabulary,
    org: org.slug,
    zone: org.zone,
    budget: BUDGET,
    flaws: rules.length > MOST_LOOKED_THROUGH ? 'changed' : 'all',
  })
}
