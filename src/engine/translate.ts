import { parseCidr } from '../lib/cidr.ts'
import type { AttributeRef, Condition, Network, Term } from '../policy/ast.ts'
import { NO_BUDGETS } from '../policy/budget.ts'
import { printCondition } from '../policy/print.ts'
import { printRegion } from '../policy/print-value.ts'
import type { Literal } from '../policy/value.ts'
import type { CalendarClause, Clause, Conjunct, NetworkClause, Operand } from './clause.ts'
import { CompileError, checkDuration, checkHours, dayOf, type Frame, mask, slotOf, yearlyDay, zoneOf } from './frame.ts'
import { capOf, sayLimit } from './limit.ts'

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

export const anyOf = (of: readonly Clause[]): Clause => ({ kind: 'any', of: byCost(of) })

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
    case 'budgeted':
      return 2
    case 'limit':
      return clause.left?.kind === 'attribute' ? 2 : 0
    case 'compare':
    case 'one-of':
    case 'elapsed':
    case 'place':
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
    case 'calendar':
      return calendar(condition, frame)
    case 'elapsed': {
      const { direction, instant, op, duration, zone } = condition
      checkDuration(duration.count, frame)
      return { kind: 'elapsed', direction, left: operand(instant, frame), op, duration, zone: zoneOf(zone, frame) }
    }
    case 'network':
      return network(condition.network, frame)
    case 'place': {
      const { region } = condition
      const left = operand(condition.of, frame)
      return { kind: 'place', left, countries: new Set(region.countries), says: printRegion(region) }
    }
    case 'is':
      return condition.of === 'resource'
        ? { kind: 'resource-is', entity: condition.entity }
        : { kind: 'subject-is', entity: condition.entity, who: frame.who }
    case 'delegated':
      return { kind: 'delegated' }
    case 'limit': {
      checkDuration(condition.limit.per.count, frame)
      const { limit } = condition
      const { rule, who, zone } = frame
      const left = limit.of === null ? null : operand(limit.of, frame)
      return { kind: 'limit', limit, rule, who, left, ...capOf(limit), says: sayLimit(limit), zone }
    }
    case 'budgeted': {
      const { zone, who } = frame
      const slot = attributeSlot('subject', 'budget', frame)
      return {
        kind: 'budgeted',
        by: condition.by,
        who,
        slot,
        zone,
        tool: false,
        model: null,
        asked: false,
        ...NO_BUDGETS,
      }
    }
    case 'covered':
      return { kind: 'covered', who: frame.who, slot: attributeSlot('subject', 'capabilities', frame) }
  }
}

type RelatedCondition = Extract<Condition, { kind: 'related' }>

export function related(
  object: RelatedCondition['object'],
  relation: string,
  user: RelatedCondition['user'],
  frame: Frame,
): Clause {
  const who = aboutSubject(object) || aboutSubject(user) ? frame.who : 'subject'
  return { kind: 'related', slot: slotOf(['related', object, relation, user, who], frame), object, relation, user, who }
}

function aboutSubject(term: Term): boolean {
  if (term.kind === 'some') return aboutSubject(term.of)
  return term.kind === 'holder' ? aboutSubject(term.on) : term.kind === 'subject'
}

function operand(ref: AttributeRef, frame: Frame): Operand {
  const { who } = frame
  if (ref.of === 'context') return { kind: 'given', ref, who }
  return { kind: 'attribute', ref, who, slot: attributeSlot(ref.of, ref.name, frame) }
}

const attributeSlot = (of: 'subject' | 'resource', name: string, frame: Frame): number =>
  slotOf(['attribute', of === 'subject' ? frame.who : of, name], frame)

function literal(value: Literal, frame: Frame): Operand {
  if (value.kind === 'date') dayOf(value.date, frame)
  return { kind: 'literal', literal: value }
}

function calendar({ calendar, zone }: Extract<Condition, { kind: 'calendar' }>, frame: Frame): CalendarClause {
  const days = new Set<number>()
  const yearly = new Set<string>()
  for (const day of calendar.days) {
    if (day.length === 5) yearly.add(yearlyDay(day, frame))
    else days.add(dayOf(day, frame))
  }
  return { kind: 'calendar', name: calendar.name, days, yearly, zone: zoneOf(zone, frame) }
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
