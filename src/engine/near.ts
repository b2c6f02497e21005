import type { Missing } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Truth } from '../policy/question.ts'
import type { Asking } from './asking.ts'
import type { CompiledRule, Conjunct } from './clause.ts'
import { reduce, resolve } from './reduce.ts'
import { isNear, MOST_LOOKED, MOST_MISSING, nearness } from './settle.ts'
import { NO_CALL, tell } from './words.ts'

/** What a conjunct lacks whatever the call, in words. */
export function missingFor(rule: string, { clause, says }: Conjunct, truth: 'no' | 'unknown', asking: Asking): Missing {
  const { org, link } = asking
  const text = tell(resolve(clause, asking), { org, link, call: NO_CALL })
  return { rule, clause: says, text, truth, for: printEntity(link.subject) }
}

/**
 * What the nearest of the permits that stored facts rule out lack; null when facts must be fetched first. Without any
 * such permit, says that there is none.
 */
export function nearestMissing(permits: readonly CompiledRule[], asking: Asking): readonly Missing[] | null {
  const { action, resource, subject } = asking.link
  if (permits.length === 0) {
    const text = `no rule permits \`${action}\` on ${resource.type}`
    return [{ rule: '', clause: '', text, truth: 'no', for: printEntity(subject) }]
  }
  const looked = permits.slice(0, MOST_LOOKED).map(rule => failing(rule, asking))
  if (looked.some(l => l.pending)) return null
  const best = Math.min(...looked.map(l => l.score))
  const missing: Missing[] = []
  for (const { rule, score, parts } of looked) {
    if (!isNear(score, best)) continue
    for (const { conjunct, truth } of parts) {
      if (missing.length < MOST_MISSING) missing.push(missingFor(rule.id, conjunct, truth, asking))
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
