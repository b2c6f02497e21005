import type { Condition, ResourcePhrase, Rule, SubjectPhrase } from '../src/policy/ast.ts'
import type { Truth } from '../src/policy/question.ts'
import { budgetOf, holds, isResource, isSubject, principalOf, type Seen, takenBy } from './oracle.ts'
import type { Taken } from './oracle-limits.ts'
import { and, not as negate, or } from './oracle-truth.ts'

/** A truth, and what it takes of meters that it is so. */
interface Weighed {
  readonly truth: Truth
  readonly takes: readonly Taken[]
}

const plain = (truth: Truth): Weighed => ({ truth, takes: [] })
const not = ({ truth, takes }: Weighed): Weighed => ({ truth: negate(truth), takes })

/** `each`: the truth that takes all of the parts; for the other one of them is enough. */
function join(parts: readonly Weighed[], truth: Truth, each: Truth): Weighed {
  if (truth === 'unknown') return plain(truth)
  if (truth === each) return { truth, takes: parts.flatMap(p => p.takes) }
  const enough = parts.filter(p => p.truth === truth)
  return { truth, takes: enough.some(p => p.takes.length === 0) ? [] : enough.flatMap(p => p.takes) }
}

const all = (parts: readonly Weighed[]): Weighed => join(parts, and(parts.map(p => p.truth)), 'yes')
const any = (parts: readonly Weighed[]): Weighed => join(parts, or(parts.map(p => p.truth)), 'no')

function ofCondition(c: Condition, seen: Seen): Weighed {
  switch (c.kind) {
    case 'all':
      return all(c.of.map(part => ofCondition(part, seen)))
    case 'any':
      return any(c.of.map(part => ofCondition(part, seen)))
    case 'not':
      return not(ofCondition(c.of, seen))
    case 'limit': {
      const truth = holds(c, seen)
      const take = truth === 'yes' ? takenBy(c, seen) : null
      return { truth, takes: take === null || take.amount === 0 ? [] : [take] }
    }
    case 'budgeted': {
      const { truth, takes } = budgetOf(c.by, seen)
      return { truth, takes }
    }
    default:
      return plain(holds(c, seen))
  }
}

const where = (c: Condition | null, seen: Seen): Weighed => (c === null ? plain('yes') : ofCondition(c, seen))

function ofSubject(phrase: SubjectPhrase, seen: Seen): Weighed {
  switch (phrase.kind) {
    case 'type':
    case 'group':
      return all([plain(seen.subject.type === phrase.type ? 'yes' : 'no'), where(phrase.where, seen)])
    case 'any-of':
      return any(phrase.of.map(p => ofSubject(p, seen)))
    case 'except':
      return all([ofSubject(phrase.of, seen), not(ofSubject(phrase.but, seen))])
    case 'acting': {
      const { principal } = seen
      if (principal === null) return plain('no')
      return all([ofSubject(phrase.actor, seen), ofSubject(phrase.for, principalOf(seen, principal))])
    }
    default:
      return plain(isSubject(phrase, seen))
  }
}

function ofResource(phrase: ResourcePhrase, seen: Seen): Weighed {
  switch (phrase.kind) {
    case 'type':
      return all([plain(seen.request.resource.type === phrase.type ? 'yes' : 'no'), where(phrase.where, seen)])
    case 'any-of':
      return any(phrase.of.map(p => ofResource(p, seen)))
    case 'except':
      return all([ofResource(phrase.of, seen), not(ofResource(phrase.but, seen))])
    default:
      return plain(isResource(phrase, seen))
  }
}

/** When the rule applies, or, for what an `only` rule bars, when that does. */
function weigh(rule: Rule, bars: boolean, seen: Seen): Weighed {
  const who = ofSubject(rule.subject, seen)
  const what = ofResource(rule.resource, seen)
  const rest = where(rule.condition, seen)
  return bars && rule.effect === 'only' ? all([what, not(all([who, rest]))]) : all([who, what, rest])
}

/** What an allow of one link takes, `permit` being the rule that permits it; null where a grant does. */
export function takesOf(seen: Seen, permit: string | null): readonly Taken[] {
  const takes: Taken[] = []
  for (const { id, rule } of seen.set.rules) {
    if (rule.actions !== null && !rule.actions.includes(seen.request.action)) continue
    const here = { ...seen, rule: id }
    const bar = rule.effect === 'permit' ? plain('yes') : weigh(rule, true, here)
    if (bar.truth === 'no') takes.push(...bar.takes)
    if (id === permit) takes.push(...weigh(rule, false, here).takes)
  }
  return takes
}

/** Whether a permit that holds takes nothing by itself. */
export function isFree(seen: Seen, permit: string): boolean {
  const found = seen.set.rules.find(r => r.id === permit)
  return found !== undefined && weigh(found.rule, false, { ...seen, rule: permit }).takes.length === 0
}
