import type { PolicySet } from '../engine/compile.ts'
import { observe, testedClauses } from '../engine/observe.ts'
import { factsOf } from '../facts/world.ts'
import type { Reason, Verdict } from '../policy/decision.ts'
import type { Span } from '../policy/diagnostic.ts'
import type { Request } from '../policy/request.ts'
import { startReading } from './meters.ts'
import type { OrgState } from './org.ts'

/** How often a clause was seen holding and failing while its rule could apply; unknown is neither. */
export interface ClauseCoverage {
  readonly text: string
  readonly held: number
  readonly failed: number
}

/** How often a rule was among the reasons of an answer, and what its clauses came to. */
export interface RuleCoverage {
  readonly id: string
  readonly text: string
  readonly span: Span
  readonly decided: number
  readonly clauses: readonly ClauseCoverage[]
}

export interface CoverageCount {
  readonly rules: number
  readonly rulesCovered: number
  readonly clauses: number
  readonly clausesCovered: number
  /** Of rules and clauses together, 0 to 100; a policy without any is covered whole. */
  readonly percent: number
}

/** Notes what each decided request shows of the org's own rules. */
export interface CoverageNotes {
  note(request: Request, verdict: Verdict): void
  rules(): readonly RuleCoverage[]
}

interface Counting {
  decided: number
  readonly clauses: { readonly text: string; held: number; failed: number }[]
  /** For `only`: the clause that tells whom it permits from everyone else. */
  readonly others: { readonly text: string; held: number; failed: number } | null
}

export function createCoverage(state: OrgState): CoverageNotes {
  const counts = countsOf(state.set, new Set(state.compiled.rules.map(r => r.id)))
  const stored = factsOf(state, () => undefined)

  const decide = (reason: Reason): void => {
    const count = counts.get(reason.rule)
    if (count === undefined) return
    count.decided += 1
    if (count.others === null) return
    if (reason.effect === 'forbid') count.others.held += 1
    else count.others.failed += 1
  }

  return {
    note(request, verdict) {
      for (const reason of verdict.reasons) decide(reason)
      const { stands, task } = startReading(state, request.at)
      for (const { rule, truths } of observe(state.set, request, { ...stored, stands, task })) {
        const clauses = counts.get(rule.id)?.clauses ?? []
        for (const [i, truth] of truths.entries()) {
          const clause = clauses[i]
          if (clause === undefined || truth === 'unknown') continue
          if (truth === 'yes') clause.held += 1
          else clause.failed += 1
        }
      }
    },
    rules: () =>
      state.compiled.rules.map(({ id, text, span }) => {
        const { decided, clauses, others } = counts.get(id) ?? { decided: 0, clauses: [], others: null }
        return { id, text, span, decided, clauses: others === null ? clauses : [...clauses, others] }
      }),
  }
}

function countsOf(set: PolicySet, own: ReadonlySet<string>): ReadonlyMap<string, Counting> {
  const counts = new Map<string, Counting>()
  const fresh = (text: string) => ({ text, held: 0, failed: 0 })
  for (const rule of set.rules) {
    if (!own.has(rule.id)) continue
    const known = counts.get(rule.id)
    if (rule.lift !== null && known !== undefined) {
      counts.set(rule.id, { ...known, others: fresh('forbids everyone else') })
    } else if (known === undefined) {
      counts.set(rule.id, { decided: 0, clauses: testedClauses(rule).map(c => fresh(c.says)), others: null })
    }
  }
  return counts
}

export const isCovered = (clause: ClauseCoverage): boolean => clause.held > 0 && clause.failed > 0

export function countCoverage(rules: readonly RuleCoverage[]): CoverageCount {
  const clauses = rules.flatMap(r => r.clauses)
  const rulesCovered = rules.filter(r => r.decided > 0).length
  const clausesCovered = clauses.filter(isCovered).length
  const all = rules.length + clauses.length
  const percent = all === 0 ? 100 : Math.floor(((rulesCovered + clausesCovered) * 100) / all)
  return { rules: rules.length, rulesCovered, clauses: clauses.length, clausesCovered, percent }
}
