import { heldBudgets, NO_BUDGETS } from '../policy/budget.ts'
import { capabilityNames, MCP_TOOL } from '../policy/capability.ts'
import { sameEntity } from '../policy/entity.ts'
import type { Answer, Truth } from '../policy/question.ts'
import { type Asking, answerAt, ask, attributeQuestion, PENDING, personOf, relationQuestion } from './asking.ts'
import type { BudgetedClause, Clause, Known, Leaf, LimitClause, Operand, ValueClause, Who } from './clause.ts'
import { bareCall, NO_RESOURCE } from './names.ts'
import { negate, truthOf } from './truth.ts'

const known = (of: Leaf, truth: Truth, place: number | null = null, why: string | null = null): Known => ({
  kind: 'known',
  truth,
  of,
  place,
  why,
})

/** What an answer that a clause must be no part of is in its stead. */
const NOT_YES_OR_NO = 'the answer is not a yes or a no'
const NOT_A_VALUE = 'the answer is not a value'

/**
 * Answers every leaf that stored facts can answer and keeps the shape, so that each can be shown. But of whom nobody
 * acts for there is nothing to show.
 */
export function resolve(clause: Clause, asking: Asking): Clause {
  switch (clause.kind) {
    case 'all':
    case 'any':
      if (clause.of[0]?.kind === 'acting' && asking.link.principal === null) return resolve(clause.of[0], asking)
      return { kind: clause.kind, of: clause.of.map(part => resolve(part, asking)) }
    case 'not':
      return { kind: 'not', of: resolve(clause.of, asking) }
    case 'known':
    case 'conditional':
    case 'pending':
      return clause
    default:
      return resolveLeaf(clause, asking)
  }
}

/** As `resolve`, but drops what no longer matters: an answer once it is settled, parts that cannot change it. */
export function reduce(clause: Clause, asking: Asking): Clause {
  switch (clause.kind) {
    case 'all':
      return reduceParts('all', clause.of, asking)
    case 'any':
      return reduceParts('any', clause.of, asking)
    case 'not': {
      const of = reduce(clause.of, asking)
      if (of.kind === 'known') return of.truth === 'unknown' ? of : known({ kind: 'always' }, negate(of.truth))
      return of.kind === 'pending' ? of : { kind: 'not', of }
    }
    case 'known':
    case 'conditional':
    case 'pending':
      return clause
    default:
      return resolveLeaf(clause, asking)
  }
}

/** Three-valued, whatever the order: one part that decides settles it, else a part that is pending keeps it open. */
export function reduceParts(kind: 'all' | 'any', parts: readonly Clause[], asking: Asking): Clause {
  const decisive = kind === 'all' ? 'no' : 'yes'
  const left: Clause[] = []
  let neutral: Known | null = null
  let pending: Clause | null = null
  for (const part of parts) {
    const reduced = reduce(part, asking)
    if (reduced.kind === 'pending') pending ??= reduced
    else if (reduced.kind !== 'known' || reduced.truth === 'unknown') left.push(reduced)
    else if (reduced.truth === decisive) return reduced
    else neutral = reduced
  }
  if (pending !== null) return pending
  const [only, ...more] = left
  if (only === undefined) return neutral ?? known({ kind: 'always' }, kind === 'all' ? 'yes' : 'no')
  return more.length === 0 ? only : { kind, of: left }
}

function resolveLeaf(leaf: Leaf, asking: Asking): Clause {
  const clause = answered(leaf, asking)
  asking.course.steps.push(
    STEPS[clause.kind === 'known' ? clause.truth : clause.kind === 'pending' ? 'pending' : 'open'],
  )
  return clause
}

const STEPS = { no: 0, yes: 1, unknown: 2, pending: 3, open: 4 } as const

function answered(leaf: Leaf, asking: Asking): Clause {
  switch (leaf.kind) {
    case 'always':
      return known(leaf, 'yes')
    case 'subject-type':
      return known(leaf, personOf(asking, leaf.who)?.type === leaf.type ? 'yes' : 'no')
    case 'subject-is': {
      const person = personOf(asking, leaf.who)
      return known(leaf, person !== null && sameEntity(person, leaf.entity) ? 'yes' : 'no')
    }
    case 'acting':
      return known(leaf, asking.link.principal === null ? 'no' : 'yes')
    case 'delegated':
      return known(leaf, asking.link.actors.length === 0 ? 'no' : 'yes')
    case 'resource-type':
      return known(leaf, asking.link.resource.type === leaf.type ? 'yes' : 'no')
    case 'resource-is': {
      const { type, id } = asking.link.resource
      if (type !== leaf.entity.type) return known(leaf, 'no')
      if (id === null) return known(leaf, 'unknown', null, NO_RESOURCE)
      return known(leaf, id === leaf.entity.id ? 'yes' : 'no')
    }
    case 'related':
      return related(leaf, asking)
    case 'covered':
      return covered(leaf, asking)
    case 'limit':
      return limited(leaf, asking)
    case 'budgeted':
      return budgeted(leaf, asking)
    case 'compare':
    case 'one-of':
    case 'elapsed':
    case 'place':
      return compared(leaf, asking)
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
    case 'calendar':
    case 'network':
      return leaf
  }
}

const NOBODY = 'nobody is acted for'

function related(leaf: Extract<Leaf, { kind: 'related' }>, asking: Asking): Clause {
  const question = relationQuestion(leaf, asking)
  if (question === null) return known(leaf, 'unknown', null, asking.resource === null ? NO_RESOURCE : NOBODY)
  const place = ask(asking, leaf.slot, leaf, question)
  if (place === PENDING) return { kind: 'pending', of: leaf }
  const answer = answerAt(asking, place)
  const test = asking.facts.condition
  if (answer.kind === 'truth' && answer.truth === 'unknown' && answer.when !== undefined && test !== undefined) {
    return { kind: 'conditional', place, test, of: leaf }
  }
  return yesOrNo(leaf, answer, place)
}

/** Whose counter it is follows from the link; how far it is used is for the call to ask. */
function limited(leaf: LimitClause, asking: Asking): Clause {
  if (personOf(asking, leaf.who) === null) return known(leaf, 'unknown', null, NOBODY)
  if (leaf.cap === null) return known(leaf, 'unknown', null, 'the limit cannot be counted exactly')
  const left = leaf.left === null ? null : bind(leaf.left, asking)
  if (left?.kind === 'pending') return { kind: 'pending', of: leaf }
  if (left?.kind === 'lost') return known(leaf, 'unknown', left.place, left.why)
  return { ...leaf, left }
}

/** The attribute of a person, where the rule reads it by itself; null where there is nobody. */
function ownAttribute(leaf: { readonly who: Who; readonly slot: number }, name: string, asking: Asking): number | null {
  const question = attributeQuestion('subject', leaf.who, name, asking)
  if (question === null) return null
  return ask(asking, leaf.slot, { kind: 'attribute', of: 'subject', who: leaf.who, name }, question)
}

/** Whose budgets there are; how far they are used up is for the call to ask. */
function budgeted(leaf: BudgetedClause, asking: Asking): Clause {
  const place = ownAttribute(leaf, 'budget', asking)
  if (place === null) return known(leaf, 'unknown', null, NOBODY)
  if (place === PENDING) return { kind: 'pending', of: leaf }
  const answer = answerAt(asking, place)
  const held = answer.kind === 'absent' ? NO_BUDGETS : answer.kind === 'value' ? heldBudgets(answer.value) : null
  if (held === null) {
    return known(leaf, 'unknown', place, answer.kind === 'unavailable' ? null : '`budget` does not hold budgets')
  }
  const { resource, tasked } = asking.link
  const free = held.lines.length === 0 && held.models.length === 0 && tasked !== true
  if (leaf.by === 'budget' ? free : held.approvalAbove === null) return known(leaf, 'yes', place)
  const tool = asking.link.action === 'use' && (resource.type === MCP_TOOL || resource.type === 'tool')
  asking.course.own = true
  return { ...leaf, ...held, tool, model: resource.type === 'model' ? resource.id : null, asked: true }
}

function yesOrNo(leaf: Leaf, answer: Answer, place: number): Known {
  switch (answer.kind) {
    case 'truth':
      return known(leaf, answer.truth, place)
    case 'unavailable':
      return known(leaf, 'unknown', place)
    case 'grants':
    case 'value':
    case 'absent':
      return known(leaf, 'unknown', place, NOT_YES_OR_NO)
  }
}

/** A subject without capabilities is covered for nothing: what a caller claims of it does not count. */
function covered(leaf: Extract<Leaf, { kind: 'covered' }>, asking: Asking): Clause {
  const place = ownAttribute(leaf, 'capabilities', asking)
  if (place === null) return known(leaf, 'no', null, NOBODY)
  if (place === PENDING) return { kind: 'pending', of: leaf }
  const answer = answerAt(asking, place)
  switch (answer.kind) {
    case 'absent':
      return known(leaf, 'no', place)
    case 'unavailable':
      return known(leaf, 'unknown', place)
    case 'truth':
    case 'grants':
      return known(leaf, 'unknown', place, NOT_A_VALUE)
    case 'value': {
      const held = answer.value
      if (!Array.isArray(held) || !held.every(h => typeof h === 'string')) {
        return known(leaf, 'unknown', place, '`capabilities` is not a list of texts')
      }
      const names = capabilityNames(asking.link.action, asking.link.resource)
      return known(leaf, names.some(name => held.includes(name)) ? 'yes' : 'no', place)
    }
  }
}

function compared(leaf: ValueClause, asking: Asking): Clause {
  const left = bind(leaf.left, asking)
  const right = leaf.kind === 'compare' ? bind(leaf.right, asking) : null
  const bound = { ...leaf, left: operandOf(left), ...(right !== null && { right: operandOf(right) }) } as typeof leaf
  for (const side of [left, right]) {
    if (side?.kind === 'lost') return known(bound, 'unknown', side.place, side.why)
  }
  if (left.kind === 'pending' || right?.kind === 'pending') return { kind: 'pending', of: leaf }
  if (left.kind === 'given' || right?.kind === 'given' || leaf.kind === 'elapsed') return bound
  return known(bound, truthOf(bound, bareCall(asking)))
}

type Bound =
  | Operand
  | { readonly kind: 'lost'; readonly why: string | null; readonly place: number; readonly of: Operand }
  | { readonly kind: 'pending'; readonly of: Operand }

const operandOf = (bound: Bound): Operand => (bound.kind === 'lost' || bound.kind === 'pending' ? bound.of : bound)

/** What is not stored may come from the call; what the store could not say may not. */
function bind(operand: Operand, asking: Asking): Bound {
  if (operand.kind !== 'attribute') return operand
  const { ref, who, slot } = operand
  const question = ref.of === 'context' ? null : attributeQuestion(ref.of, who, ref.name, asking)
  if (question === null || ref.of === 'context') return { kind: 'given', ref, who }
  const place = ask(asking, slot, { kind: 'attribute', of: ref.of, who, name: ref.name }, question)
  if (place === PENDING) return { kind: 'pending', of: operand }
  switch (answerAt(asking, place).kind) {
    case 'value':
      return { kind: 'stored', ref, who, place }
    case 'absent':
      return { kind: 'given', ref, who }
    case 'unavailable':
      return { kind: 'lost', why: null, place, of: operand }
    case 'truth':
    case 'grants':
      return { kind: 'lost', why: NOT_A_VALUE, place, of: operand }
  }
}
