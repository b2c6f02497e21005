import { parseCidr } from '../lib/cidr.ts'
import { dayNumber, isZone } from '../lib/zone.ts'
import type { AttributeRef, Condition, Network, ResourcePhrase, SubjectPhrase, Weekday } from '../policy/ast.ts'
import { printCondition, printResource, printSubject } from '../policy/print.ts'
import type { Literal } from '../policy/value.ts'
import type { Clause, Conjunct, NetworkClause, Operand } from './clause.ts'

export type CompileErrorCode = 'unknown_zone' | 'bad_range' | 'bad_date' | 'bad_hours' | 'no_approver'

/** A rule that cannot be compiled. `rule` is its id, or null where the fault is in the options. */
export class CompileError extends Error {
  readonly code: CompileErrorCode
  readonly rule: string | null
  constructor(code: CompileErrorCode, message: string, rule: string | null) {
    super(message)
    this.name = 'CompileError'
    this.code = code
    this.rule = rule
  }
}

/** What translating one rule needs to know of the set it goes into. `slots` numbers questions by what they ask. */
export interface Frame {
  readonly zone: string
  readonly slots: Map<string, number>
  readonly rule: string
  /** What the rule's sentence calls its resource. */
  readonly noun: string
}

/** The clauses of a subject phrase, of which all must hold. */
export function subjectConjuncts(phrase: SubjectPhrase, frame: Frame): readonly Conjunct[] {
  const says = printSubject(phrase, frame.noun)
  switch (phrase.kind) {
    case 'anyone':
      return []
    case 'named':
      return [{ clause: { kind: 'subject-is', entity: phrase.entity }, says }]
    case 'role':
      return [{ clause: related(phrase.on, phrase.relation, { kind: 'subject' }, frame), says }]
    case 'type':
    case 'group': {
      const type: Conjunct = {
        clause: { kind: 'subject-type', type: phrase.type },
        says: phrase.kind === 'group' ? says : printSubject({ ...phrase, where: null }, frame.noun),
      }
      return phrase.where === null ? [type] : [type, ...conditionConjuncts(phrase.where, frame)]
    }
    case 'any-of':
      return [{ clause: anyOf(phrase.of.map(p => allOf(subjectConjuncts(p, frame)))), says }]
  }
}

/** The clauses of a resource phrase, of which all must hold. */
export function resourceConjuncts(phrase: ResourcePhrase, frame: Frame): readonly Conjunct[] {
  const says = printResource(phrase, frame.noun)
  switch (phrase.kind) {
    case 'anything':
      return []
    case 'named':
      return [{ clause: { kind: 'resource-is', entity: phrase.entity }, says }]
    case 'type': {
      const type: Conjunct = {
        clause: { kind: 'resource-type', type: phrase.type },
        says: printResource({ ...phrase, where: null }, frame.noun),
      }
      return phrase.where === null ? [type] : [type, ...conditionConjuncts(phrase.where, frame)]
    }
    case 'any-of':
      return [{ clause: anyOf(phrase.of.map(p => allOf(resourceConjuncts(p, frame)))), says }]
  }
}

/** A condition split where it says `and`. */
export function conditionConjuncts(condition: Condition | null, frame: Frame): readonly Conjunct[] {
  if (condition === null) return []
  if (condition.kind === 'all') return condition.of.flatMap(c => conditionConjuncts(c, frame))
  return [{ clause: translate(condition, frame), says: printCondition(condition, frame.noun) }]
}

/** All of the conjuncts as one clause. */
export function allOf(conjuncts: readonly Conjunct[]): Clause {
  const [only, ...more] = conjuncts
  if (only === undefined) return { kind: 'always' }
  return more.length === 0 ? only.clause : { kind: 'all', of: byCost(conjuncts.map(c => c.clause)) }
}

const anyOf = (of: readonly Clause[]): Clause => ({ kind: 'any', of: byCost(of) })

/** Cheapest first: what the link or the call answers, then attributes, then the relation graph. */
export function byCost(clauses: readonly Clause[]): readonly Clause[] {
  return [...clauses].sort((a, b) => costOf(a) - costOf(b))
}

export function costOf(clause: Clause): number {
  switch (clause.kind) {
    case 'all':
    case 'any':
      return Math.max(0, ...clause.of.map(costOf))
    case 'not':
      return costOf(clause.of)
    case 'related':
      return 3
    case 'covered':
      return 2
    case 'compare':
    case 'one-of':
      return clause.left.kind === 'given' ? 0 : 1
    default:
      return 0
  }
}

function translate(condition: Condition, frame: Frame): Clause {
  switch (condition.kind) {
    case 'all':
      return { kind: 'all', of: byCost(condition.of.map(c => translate(c, frame))) }
    case 'any':
      return anyOf(condition.of.map(c => translate(c, frame)))
    case 'not':
      return { kind: 'not', of: translate(condition.of, frame) }
    case 'related':
      return related(condition.object, condition.relation, condition.user, frame)
    case 'compare': {
      const { left, op, right } = condition
      const to: Operand = right.kind === 'attribute' ? operand(right, frame) : literal(right, frame)
      return { kind: 'compare', left: operand(left, frame), op, right: to, zone: frame.zone }
    }
    case 'one-of': {
      for (const value of condition.values) literal(value, frame)
      return { kind: 'one-of', left: operand(condition.left, frame), values: condition.values, zone: frame.zone }
    }
    case 'weekday':
      return { kind: 'weekday', days: mask(condition.days), zone: zoneOf(condition.zone, frame) }
    case 'hours':
      checkHours(condition.from, condition.to, frame)
      return { kind: 'hours', from: condition.from, to: condition.to, zone: zoneOf(condition.zone, frame) }
    case 'schedule': {
      const { name, days, from, to, zone } = condition.schedule
      checkHours(from, to, frame)
      return { kind: 'schedule', name, days: mask(days), from, to, zone: zoneOf(zone, frame) }
    }
    case 'date': {
      const day = dayOf(condition.date, frame)
      return { kind: 'date', op: condition.op, date: condition.date, day, zone: zoneOf(condition.zone, frame) }
    }
    case 'network':
      return network(condition.network, frame)
    case 'covered':
      return { kind: 'covered', slot: slotOf(['attribute', 'subject', 'capabilities'], frame) }
  }
}

type RelatedCondition = Extract<Condition, { kind: 'related' }>

function related(
  object: RelatedCondition['object'],
  relation: string,
  user: RelatedCondition['user'],
  frame: Frame,
): Clause {
  return { kind: 'related', slot: slotOf(['related', object, relation, user], frame), object, relation, user }
}

function operand(ref: AttributeRef, frame: Frame): Operand {
  if (ref.of === 'context') return { kind: 'given', ref }
  return { kind: 'attribute', ref, slot: slotOf(['attribute', ref.of, ref.name], frame) }
}

function literal(value: Literal, frame: Frame): Operand {
  if (value.kind === 'date') dayOf(value.date, frame)
  return { kind: 'literal', literal: value }
}

/** Terms are plain data without optional members, so equal questions print alike. */
function slotOf(question: readonly unknown[], frame: Frame): number {
  const key = JSON.stringify(question)
  const known = frame.slots.get(key)
  if (known !== undefined) return known
  frame.slots.set(key, frame.slots.size)
  return frame.slots.size - 1
}

const mask = (days: readonly Weekday[]): number => days.reduce((bits, day) => bits | (1 << day), 0)

function zoneOf(zone: string | null, frame: Frame): string {
  if (zone === null) return frame.zone
  if (isZone(zone)) return zone
  const message = `\`${zone}\` is not a time zone; expected an IANA name such as \`Europe/Berlin\``
  throw new CompileError('unknown_zone', message, frame.rule)
}

function dayOf(date: string, frame: Frame): number {
  const day = dayNumber(date)
  if (day === null) throw new CompileError('bad_date', `\`${date}\` is not a day; expected \`YYYY-MM-DD\``, frame.rule)
  return day
}

function checkHours(from: number, to: number, frame: Frame): void {
  const isMinute = (m: number): boolean => Number.isInteger(m) && m >= 0 && m <= 1440
  if (isMinute(from) && isMinute(to)) return
  throw new CompileError(
    'bad_hours',
    `\`${from}\` to \`${to}\` are not minutes of a day; expected 0 to 1440`,
    frame.rule,
  )
}

function network({ name, ranges }: Network, frame: Frame): NetworkClause {
  const parsed = ranges.map(text => {
    const block = parseCidr(text)
    if (block !== null) return block
    const message = `\`${text}\` is not a block of addresses; expected one such as \`10.0.0.0/8\`, with no bits set beyond the prefix`
    throw new CompileError('bad_range', message, frame.rule)
  })
  const blocks = ranges.join(', ')
  return { kind: 'network', ranges: parsed, says: name === null ? blocks : `the ${name} (${blocks})` }
}
