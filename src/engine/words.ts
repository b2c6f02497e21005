import { decimalOf } from '../lib/decimal.ts'
import { isInstant, localTime } from '../lib/zone.ts'
import type { CompareOp, Term } from '../policy/ast.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import { printLiteral, printMinutes, printMoney } from '../policy/print-value.ts'
import { listed } from '../policy/print-words.ts'
import type { Truth } from '../policy/question.ts'
import type { AttributeType } from '../policy/value.ts'
import type {
  Call,
  Clause,
  CompareClause,
  Known,
  Leaf,
  Link,
  NetworkClause,
  OneOfClause,
  Operand,
  TimeClause,
} from './clause.ts'
import { ownValue } from './compare.ts'
import { operandValue, truthOf } from './truth.ts'

/** What the words are about. Without a call, clauses that need one have nothing to say. */
export interface Scene {
  readonly org: string
  readonly link: Link
  readonly call: Call
}

export const NO_CALL: Call = { context: {}, at: Number.NaN }

/** By sound: `a user`, `an org`. */
const article = (word: string): string => `${/^(?!us|uni|uti|eu|one)[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/**
 * Why a clause has the truth it has, in English: the state of those parts that make it so. Says the same of a clause
 * and of its negation, since it tells what is, not what was wanted.
 */
export function tell(clause: Clause, scene: Scene): string {
  switch (clause.kind) {
    case 'all':
    case 'any': {
      const truth = truthOf(clause, scene.call)
      const telling = clause.of.filter(part => truthOf(part, scene.call) === truth)
      if (telling.length === 0) return clause.kind === 'all' ? 'this always holds' : 'this never holds'
      return telling.map(part => tell(part, scene)).join(' and ')
    }
    case 'not':
      return tell(clause.of, scene)
    case 'pending':
      return tellLeaf(clause.of, 'unknown', 'it was not asked', scene)
    case 'known':
      return tellKnown(clause, scene)
    default:
      return tellLeaf(clause, truthOf(clause, scene.call), null, scene)
  }
}

function tellKnown({ of, truth, why, answer }: Known, scene: Scene): string {
  if (of.kind === 'covered' && answer?.kind === 'absent') return `${nameOf(scene.link.subject)} has no capabilities`
  return tellLeaf(of, truth, why, scene)
}

function tellLeaf(leaf: Leaf, truth: Truth, why: string | null, scene: Scene): string {
  const { subject, resource, action } = scene.link
  const who = nameOf(subject)
  const what = resource.id === null ? `the ${resource.type}` : `${resource.type}:${resource.id}`
  const is = truth === 'no' ? 'is not' : 'is'
  switch (leaf.kind) {
    case 'always':
      return truth === 'no' ? 'this never holds' : 'this always holds'
    case 'subject-type':
      return `${who} ${is} ${article(leaf.type)}`
    case 'subject-is':
      return `${who} ${is} ${nameOf(leaf.entity)}`
    case 'resource-type':
      return `${what} ${is} ${article(leaf.type)}`
    case 'resource-is':
      if (truth === 'unknown') return unknown(`this is ${printEntity(leaf.entity)}`, why)
      return `${what} ${is} ${printEntity(leaf.entity)}`
    case 'related':
      return tellRelation(leaf, truth, why, scene)
    case 'covered':
      if (truth === 'unknown') return unknown(`a capability of ${who} covers \`${action}\` on ${resource.type}`, why)
      if (truth === 'yes') return `a capability of ${who} covers \`${action}\` on ${resource.type}`
      return `no capability of ${who} covers \`${action}\` on ${resource.type}`
    case 'compare':
      return tellCompare(leaf, truth, why, scene)
    case 'one-of':
      return tellOneOf(leaf, truth, why, scene)
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
      return tellTime(leaf, truth, scene)
    case 'network':
      return tellNetwork(leaf, truth, scene)
  }
}

const unknown = (what: string, why: string | null): string =>
  `whether ${what} is not known${why === null ? '' : `: ${why}`}`

/** People go by their id, everything else by type and id. */
export const nameOf = (entity: Entity): string => (entity.type === 'user' ? entity.id : printEntity(entity))

/** A term in words, with the link's own names. */
export function termName(term: Term, scene: Pick<Scene, 'org' | 'link'>): string {
  const { subject, resource } = scene.link
  switch (term.kind) {
    case 'subject':
      return nameOf(subject)
    case 'resource':
      return resource.id === null ? `the ${resource.type}` : `${resource.type}:${resource.id}`
    case 'org':
      return `org:${scene.org}`
    case 'entity':
      return nameOf(term.entity)
    case 'some':
      return `some ${someName(term, scene)}`
  }
}

const someName = (term: Extract<Term, { kind: 'some' }>, scene: Pick<Scene, 'org' | 'link'>): string =>
  `${term.type} that ${termName(term.of, scene)} ${holds(term.relation, true)}`

/** `is a member of`, or ``holds `can_view` on`` for a relation that is not a noun. */
function holds(relation: string, positive: boolean): string {
  const noun = /^[a-z]+(?:_[a-z]+)*$/.test(relation) && !/^(?:can|may|is|has)_|(?:ed|_by|_with|_to|_in)$/.test(relation)
  if (noun) return `is ${positive ? '' : 'not '}${article(relation.replaceAll('_', ' '))} of`
  return positive ? `holds \`${relation}\` on` : `does not hold \`${relation}\` on`
}

function tellRelation(
  leaf: Extract<Leaf, { kind: 'related' }>,
  truth: Truth,
  why: string | null,
  scene: Scene,
): string {
  const object = termName(leaf.object, scene)
  const user = leaf.user
  if (truth === 'unknown') return unknown(`${termName(user, scene)} ${holds(leaf.relation, true)} ${object}`, why)
  if (user.kind !== 'some') return `${termName(user, scene)} ${holds(leaf.relation, truth === 'yes')} ${object}`
  return `${truth === 'yes' ? 'some' : 'no'} ${someName(user, scene)} ${holds(leaf.relation, true)} ${object}`
}

type Attribute = Exclude<Operand, { kind: 'literal' }>

function ownerOf({ ref }: Attribute, { link }: Scene): string {
  if (ref.of === 'subject') return nameOf(link.subject)
  return link.resource.id === null ? `the ${link.resource.type}` : `${link.resource.type}:${link.resource.id}`
}

function noun(operand: Attribute, scene: Scene): string {
  const { of, name } = operand.ref
  return of === 'context' ? `the request's \`${name}\`` : `the \`${name}\` of ${ownerOf(operand, scene)}`
}

function absence(operand: Attribute, scene: Scene): string {
  const { of, name } = operand.ref
  return of === 'context' ? `no \`${name}\` in the request's context` : `${ownerOf(operand, scene)} has no \`${name}\``
}

const LESS: Record<CompareOp, string> = {
  eq: '',
  ne: '',
  lt: 'less than ',
  le: 'at most ',
  gt: 'more than ',
  ge: 'at least ',
  contains: '',
}

function tellCompare(leaf: CompareClause, truth: Truth, why: string | null, scene: Scene): string {
  const { left, op, right } = leaf
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} compares`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const other = right.kind === 'literal' ? undefined : operandValue(right, scene.call)
  if (right.kind !== 'literal' && other === undefined) return absence(right, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  const to =
    right.kind === 'literal'
      ? printLiteral(right.literal, left.ref.type)
      : `${noun(right, scene)}, ${printJson(other ?? null, right.ref.type)}`
  if (truth === 'unknown') return `${is}, which cannot be compared with ${to}`
  if (op === 'contains') return `${noun(left, scene)} ${truth === 'yes' ? 'contains' : 'does not contain'} ${to}`
  if (op === 'eq' || op === 'ne') return (op === 'eq') === (truth === 'yes') ? is : `${is}, not ${to}`
  return `${is}, ${truth === 'yes' ? '' : 'not '}${LESS[op]}${to}`
}

function tellOneOf({ left, values }: OneOfClause, truth: Truth, why: string | null, scene: Scene): string {
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} compares`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  const list = listed(
    values.map(v => printLiteral(v, left.ref.type)),
    'or',
  )
  if (truth === 'unknown') return `${is}, which cannot be compared with ${list}`
  return truth === 'yes' ? is : `${is}, not ${list}`
}

const LONGEST = 60

/** A value as it came, cut short, so that no one fills a log with it. */
export function printJson(value: Json, type: AttributeType | null): string {
  if (type?.kind === 'money' && typeof value === 'number') {
    const amount = decimalOf(value)
    if (amount !== null) return printMoney(amount, type.currency)
  }
  const text = typeof value === 'string' && /^[\w.:@-]+$/.test(value) ? value : JSON.stringify(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}

function tellTime(clause: TimeClause, truth: Truth, { call }: Scene): string {
  if (!isInstant(call.at)) return 'the time of the request is not known'
  const { weekday, minutes, date } = localTime(call.at, clause.zone)
  const not = truth === 'yes' ? '' : 'not '
  const day = WEEKDAYS[weekday - 1] ?? ''
  switch (clause.kind) {
    case 'weekday':
      return `today is ${day}`
    case 'hours':
      return `it is ${printMinutes(minutes)}, ${not}between ${printMinutes(clause.from)} and ${printMinutes(clause.to)}`
    case 'schedule':
      return `it is ${printMinutes(minutes)} on ${day}, ${not}within ${clause.name}`
    case 'date': {
      const word = clause.op === 'before' ? 'before ' : clause.op === 'from' ? 'on or after ' : ''
      return `today is ${date}${truth === 'yes' && word === '' ? '' : `, ${not}${word}${clause.date}`}`
    }
  }
}

function tellNetwork({ says }: NetworkClause, truth: Truth, { call }: Scene): string {
  const ip = ownValue(call.context, 'ip')
  if (ip === undefined) return "no `ip` in the request's context"
  if (truth === 'unknown') return `the request's \`ip\` is ${printJson(ip, null)}, which is not an address`
  return `the request came from ${printJson(ip, null)}, ${truth === 'yes' ? 'in' : 'not from'} ${says}`
}
