import { isInstant, localTime } from '../lib/zone.ts'
import type { Charge } from '../policy/charge.ts'
import type { TraceNode } from '../policy/decision.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Answer, EntitySet, GrantFact, Holder, Question, Truth, TupleText } from '../policy/question.ts'
import { type Asking, answerAt, attributeQuestion, personOf, relationQuestion } from './asking.ts'
import { budgetCharges, budgetStanding } from './budgeted.ts'
import type { Call, Clause, Leaf, Operand } from './clause.ts'
import { foundConditions, whenOf } from './conditional.ts'
import { chargeOf, fitsIn } from './limit.ts'
import { operandValue } from './operand.ts'
import { printJson } from './tell-value.ts'

/** What an answered leaf rests on: facts, with the tuples that prove them, and what the call gave. */
export function factNodes(clause: Clause, asking: Asking, call: Call): readonly TraceNode[] {
  switch (clause.kind) {
    case 'known':
      return clause.place === null ? leafNodes(clause.of, asking, call) : answerNodes(clause.of, clause.place, asking)
    case 'conditional': {
      const when = whenOf(clause, call)
      const found = when === null ? [] : foundConditions(when, clause.test, call.context)
      const conditions = found.map(f => ({ kind: 'fact', text: f.text, truth: f.truth, children: [] }) as const)
      return [...answerNodes(clause.of, clause.place, asking), ...conditions]
    }
    case 'all':
    case 'any':
    case 'not':
    case 'pending':
      return []
    default:
      return leafNodes(clause, asking, call)
  }
}

function answerNodes(leaf: Leaf, place: number, asking: Asking): readonly TraceNode[] {
  const question = questionBehind(leaf, asking)
  return question === null ? [] : [factOf(question, answerAt(asking, place))]
}

function questionBehind(leaf: Leaf, asking: Asking): Question | null {
  switch (leaf.kind) {
    case 'related':
      return relationQuestion(leaf, asking)
    case 'covered':
      return attributeQuestion('subject', leaf.who, 'capabilities', asking)
    case 'budgeted':
      return attributeQuestion('subject', leaf.who, 'budget', asking)
    case 'compare':
    case 'one-of':
    case 'elapsed':
    case 'place':
      return askedOf(leaf.left, asking) ?? (leaf.kind === 'compare' ? askedOf(leaf.right, asking) : null)
    default:
      return null
  }
}

/** The question of an operand that the store could not answer. */
function askedOf(operand: Operand, asking: Asking): Question | null {
  if (operand.kind !== 'attribute' || operand.ref.of === 'context') return null
  return attributeQuestion(operand.ref.of, operand.who, operand.ref.name, asking)
}

function leafNodes(leaf: Leaf, asking: Asking, call: Call): readonly TraceNode[] {
  switch (leaf.kind) {
    case 'compare':
      return [...operandNodes(leaf.left, asking, call), ...operandNodes(leaf.right, asking, call)]
    case 'one-of':
    case 'place':
      return operandNodes(leaf.left, asking, call)
    case 'elapsed':
      return [...operandNodes(leaf.left, asking, call), clockNode(leaf, call.at)]
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
    case 'calendar':
      return [clockNode(leaf, call.at)]
    case 'budgeted': {
      const asked = budgetCharges(leaf, { ...call, supposing: true })
      return asked.map(charge => meterNode(charge, call))
    }
    case 'limit': {
      const given = leaf.left === null ? [] : operandNodes(leaf.left, asking, call)
      const charge = chargeOf(leaf, call)
      return charge === null ? given : [...given, meterNode(charge, call)]
    }
    case 'network':
      return [{ kind: 'fact', text: `blocks: ${leaf.ranges.map(r => r.text).join(', ')}`, truth: 'yes', children: [] }]
    default:
      return []
  }
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function clockNode({ zone }: { readonly zone: string }, at: number): TraceNode {
  if (!isInstant(at)) return { kind: 'fact', text: 'no instant was given', truth: 'unknown', children: [] }
  const { weekday, minutes, date } = localTime(at, zone)
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return { kind: 'fact', text: `${WEEKDAYS[weekday - 1]} ${date} ${clock} in ${zone}`, truth: 'yes', children: [] }
}

/** What a meter stands at, in its smallest units. */
function meterNode(charge: Charge, call: Call): TraceNode {
  const standing = budgetStanding(charge, call)
  const { counter, window, amount, cap } = charge
  const until = window.kind === 'fixed' ? ` until ${new Date(window.until).toISOString()}` : ''
  const at = standing === undefined ? 'is not known' : `${standing.used} used, ${standing.reserved} reserved`
  const text = `meter \`${counter}\`${until}: ${at}, ${amount} more, cap ${cap}`
  return { kind: 'fact', text, truth: fitsIn(charge, standing), children: [] }
}

function operandNodes(operand: Operand, asking: Asking, call: Call): readonly TraceNode[] {
  if (operand.kind !== 'stored' && operand.kind !== 'given') return []
  const { of, name, type } = operand.ref
  const value = operandValue(operand, call)
  const entity = of === 'context' ? null : of === 'subject' ? personOf(asking, operand.who) : asking.resource
  const nobody = of === 'context' ? 'context' : of === 'subject' ? 'nobody' : asking.link.resource.type
  const place = entity === null ? nobody : printEntity(entity)
  const given = operand.kind === 'given' && of !== 'context' ? ' (not stored; from the request)' : ''
  const text =
    value === undefined ? `${place}.${name} is absent` : `${place}.${name} = ${printJson(value, type)}${given}`
  return [{ kind: 'fact', text, truth: value === undefined ? 'unknown' : 'yes', children: [] }]
}

/** A fact with the tuples that prove it, or that would. */
export function factOf(question: Question, answer: Answer): TraceNode {
  const text = printQuestion(question)
  switch (answer.kind) {
    case 'truth': {
      const why = answer.why === undefined ? '' : `: ${answer.why}`
      const said = `${text} is ${SAID[answer.truth]}${why}`
      if (answer.truth !== 'no' || answer.missing === undefined) {
        const children = answer.truth === 'yes' ? (answer.proof?.() ?? []).map(tuple => tupleNode(tuple, 'yes')) : []
        return { kind: 'fact', text: said, truth: answer.truth, children }
      }
      const missing = answer.missing()
      if (missing === null)
        return { kind: 'fact', text: `${said}, and no tuple near would make it so`, truth: 'no', children: [] }
      return {
        kind: 'fact',
        text: `${said}; missing:`,
        truth: 'no',
        children: missing.map(tuple => tupleNode(tuple, 'no')),
      }
    }
    case 'grants':
      return grantsNode(text, answer.grants)
    case 'value':
      return { kind: 'fact', text: `${text} = ${printJson(answer.value, null)}`, truth: 'yes', children: [] }
    case 'absent':
      return { kind: 'fact', text: `${text} is absent`, truth: 'no', children: [] }
    case 'unavailable':
      return { kind: 'fact', text: `${text} is not to be had: ${answer.why}`, truth: 'unknown', children: [] }
  }
}

/** Whether one of them does is for the call to say, and is told where the rule's own truth is. */
function grantsNode(text: string, grants: readonly GrantFact[]): TraceNode {
  const children = grants.map(
    ({ id, says }) => ({ kind: 'fact', text: `${id}: ${says}`, truth: 'yes', children: [] }) as const,
  )
  const none = grants.length === 0
  return {
    kind: 'fact',
    text: `${text} is ${none ? 'not so' : 'so, while it lasts'}`,
    truth: none ? 'no' : 'yes',
    children,
  }
}

const SAID: Record<Truth, string> = { yes: 'so', no: 'not so', unknown: 'unknown' }

/** A stored tuple, or one that is missing. */
const tupleNode = ({ object, relation, user }: TupleText, truth: 'yes' | 'no'): TraceNode => ({
  kind: 'tuple',
  text: `${object}#${relation}@${user}`,
  truth,
  children: [],
})

function printQuestion(question: Question): string {
  switch (question.kind) {
    case 'relation':
      return `${printObject(question.object)}#${question.relation}@${printHolder(question.user)}`
    case 'attribute':
      return `${printEntity(question.entity)}.${question.name}`
    case 'task':
      return `the task \`${question.id}\``
    case 'meter':
      return `meter \`${question.counter}\``
    case 'grant':
      return `a grant to ${printEntity(question.subject)} for \`${question.action}\` on ${printEntity(question.resource)}`
  }
}

const printObject = (object: Entity | EntitySet): string =>
  'kind' in object ? printHolder(object) : printEntity(object)

function printHolder(holder: Holder): string {
  switch (holder.kind) {
    case 'entity':
      return printEntity(holder.entity)
    case 'some':
      return `(some ${holder.type} with ${holder.relation} ${printHolder(holder.of)})`
    case 'holder':
      return `(some ${holder.type} that is ${holder.relation} of ${printHolder(holder.on)})`
  }
}
