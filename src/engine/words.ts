import { isInstant, localTime } from '../lib/zone.ts'
import { printEntity } from '../policy/entity.ts'
import { printMinutes } from '../policy/print-value.ts'
import type { Truth } from '../policy/question.ts'
import { tellBudgeted } from './budgeted.ts'
import type { CalendarClause, Call, Clause, Conditional, Known, Leaf, NetworkClause, TimeClause } from './clause.ts'
import { foundConditions, whenOf } from './conditional.ts'
import { tellLimit } from './limit.ts'
import { article, nameOf, personName, resourceName, type Scene, tellRelation, unknown, whyOf } from './names.ts'
import { ownValue } from './operand.ts'
import { printJson, tellCompare, tellElapsed, tellOneOf, tellPlace } from './tell-value.ts'
import { truthOf } from './truth.ts'

export const NO_CALL: Call = { context: {}, at: Number.NaN }

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
    case 'conditional':
      return tellConditional(clause, scene)
    default:
      return tellLeaf(clause, truthOf(clause, scene.call), null, scene)
  }
}

function tellKnown(clause: Known, scene: Scene): string {
  const { of, truth, place } = clause
  const absent = place !== null && scene.call.answers?.[place]?.kind === 'absent'
  if (of.kind === 'covered' && absent) return `${personName(scene, of.who)} has no capabilities`
  return tellLeaf(of, truth, whyOf(clause, scene), scene)
}

function tellConditional(clause: Conditional, scene: Scene): string {
  const truth = truthOf(clause, scene.call)
  const when = whenOf(clause, scene.call)
  const all = when === null ? [] : foundConditions(when, clause.test, scene.call.context)
  const found = all.filter(f => f.truth !== 'yes')
  const of = (which: Truth): string => found.flatMap(f => (f.truth === which ? [f.text] : [])).join('; ')
  if (truth === 'unknown') return tellLeaf(clause.of, truth, of('unknown'), scene)
  const why = truth === 'no' ? of('no') : ''
  return `${tellLeaf(clause.of, truth, null, scene)}${why === '' ? '' : `: ${why}`}`
}

function tellLeaf(leaf: Leaf, truth: Truth, why: string | null, scene: Scene): string {
  const { subject, principal, resource, action } = scene.link
  const who = 'who' in leaf ? personName(scene, leaf.who) : nameOf(subject)
  const what = resourceName(scene)
  const is = truth === 'no' ? 'is not' : 'is'
  switch (leaf.kind) {
    case 'always':
      return truth === 'no' ? 'this never holds' : 'this always holds'
    case 'subject-type':
      return `${who} ${is} ${article(leaf.type)}`
    case 'subject-is':
      return `${who} ${is} ${nameOf(leaf.entity)}`
    case 'acting':
      return principal === null ? `${who} does not act for anyone` : `${who} acts for ${nameOf(principal)}`
    case 'delegated':
      return `${truth === 'no' ? 'nobody' : 'someone'} acts for ${principal === null ? who : nameOf(principal)}`
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
    case 'limit':
      return tellLimit(leaf, who, truth, why, scene.call)
    case 'budgeted':
      return tellBudgeted(leaf, who, truth, why, scene.call)
    case 'elapsed':
      return tellElapsed(leaf, truth, why, scene)
    case 'place':
      return tellPlace(leaf, truth, why, scene)
    case 'compare':
      return tellCompare(leaf, truth, why, scene)
    case 'one-of':
      return tellOneOf(leaf, truth, why, scene)
    case 'weekday':
    case 'hours':
    case 'schedule':
    case 'date':
    case 'calendar':
      return tellTime(leaf, truth, scene)
    case 'network':
      return tellNetwork(leaf, truth, scene)
  }
}

function tellTime(clause: TimeClause | CalendarClause, truth: Truth, { call }: Scene): string {
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
    case 'calendar':
      return `today is ${date}, ${not}one of the ${clause.name}`
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
