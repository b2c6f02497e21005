import type { Missing } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Truth } from '../policy/question.ts'
import { type Asking, NO_MORE } from './asking.ts'
import type { CompiledRule, Conjunct } from './clause.ts'
import { bareCall } from './names.ts'
import { isNear, MOST_LOOKED, MOST_MISSING, nearness } from './nearness.ts'
import { reduce, resolve } from './reduce.ts'
import type { Lack, Residual } from './residual.ts'
import { tell } from './words.ts'

/** What a conjunct lacks whatever the call. */
export const lackOf = (rule: string, { clause, says }: Conjunct, truth: 'no' | 'unknown', asking: Asking): Lack => ({
  rule,
  says,
  clause: resolve(clause, asking),
  truth,
})

/** The same in words, for the link it is found for. */
export function tellLack({ rule, says, clause, truth }: Lack, { left, link, answers }: Residual): Missing {
  const { action, resource, subject } = link
  const text =
    clause === null
      ? `no rule permits \`${action}\` on ${resource.type}`
      : tell(clause, { org: left.org, link, call: bareCall({ link, answers }) })
  return { rule, clause: says, text, truth, for: printEntity(subject) }
}

const NO_RULE: readonly Lack[] = Object.freeze([{ rule: '', says: '', clause: null, truth: 'no' }])

/**
 * What the nearest of the permits that stored facts rule out lack; null when facts must be fetched first. Without any
 * such permit, says that there is none.
 */
export function nearestMissing(permits: readonly CompiledRule[], asking: Asking): readonly Lack[] | null {
  if (permits.length === 0) return NO_RULE
  const looked = permits.slice(0, MOST_LOOKED).map(rule => failing(rule, asking))
  asking.course.steps.push(NO_MORE)
  if (looked.some(l => l.pending)) return null
  const best = Math.min(...looked.map(l => l.score))
  const missing: Lack[] = []
  for (const { rule, score, parts } of looked) {
    if (!isNear(score, best)) continue
    for (const { conjunct, truth } of parts) {
      if (missing.length < MOST_MISSING) missing.push(lackOf(rule.id, conjunct, truth, asking))
    }
  }
  return missing
}

interface Failing {
  readonly rule: CompiledRule
  readonly score: number
  readonly parts: readonly { readonly conjunct: Conjunct; readonly truth: Exclude<Truth, 'yes'> }[]
  readonly pending: boolean
}

function failing(rule: CompiledRule, asking: Asking): Failing {
  asking.course.steps.push(rule.order)
  const parts: { conjunct: Conjunct; truth: Exclude<Truth, 'yes'> }[] = []
  let pending = false
  for (const conjunct of rule.conjuncts) {
    const clause = reduce(conjunct.clause, asking)
    if (clause.kind === 'pending') pending = true
    if (clause.kind === 'known' && clause.truth !== 'yes') parts.push({ conjunct, truth: clause.truth })
  }
  const no = parts.filter(p => p.truth === 'no').length
  return { rule, score: nearness(no, parts.length - no), parts, pending }
}
