import type { Facts, Truth } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { startAsking } from './asking.ts'
import { candidatesOf } from './candidates.ts'
import type { Clause, CompiledRule, Conjunct } from './clause.ts'
import type { PolicySet } from './compile.ts'
import { callOf, linksOf } from './decide.ts'
import { resolve } from './reduce.ts'
import { truthOf } from './truth.ts'

/** A rule that could apply to a request, with what each of its `testedClauses` comes to. */
export interface Observed {
  readonly rule: CompiledRule
  readonly truths: readonly Truth[]
}

/** Every rule that could apply, link by link, with all clauses answered, also where none needs to be to decide. */
export function observe(set: PolicySet, request: Request, facts: Facts): readonly Observed[] {
  const answered: Facts = {
    answer: question => facts.answer(question) ?? { kind: 'unavailable', why: 'it was not fetched' },
    condition: facts.condition,
  }
  return linksOf(request).flatMap((link, i) => {
    const asking = startAsking(set, link, answered)
    const call = { ...callOf(request, i === 0, facts), link, answers: asking.answers }
    const { forbids, approvals, permits } = candidatesOf(set.index, link)
    return [...forbids, ...approvals, ...permits].map(rule => ({
      rule,
      truths: testedClauses(rule).map(({ clause }) => truthOf(resolve(clause, asking), call)),
    }))
  })
}

/** The clauses of a rule that a request it could apply to may meet or not: all but who and what it is about by name. */
export const testedClauses = (rule: CompiledRule): readonly Conjunct[] =>
  rule.lift === null ? rule.conjuncts.filter(({ clause }) => !selects(clause)) : []

function selects(clause: Clause): boolean {
  switch (clause.kind) {
    case 'subject-type':
    case 'subject-is':
    case 'resource-type':
    case 'resource-is':
    case 'always':
      return true
    case 'all':
    case 'any':
      return clause.of.every(selects)
    default:
      return false
  }
}
