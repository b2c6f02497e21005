import { isIPv4, isIPv6 } from 'node:net'
import type { AttributeRef, Condition, ResourcePhrase, Rule, SubjectPhrase, Term } from '../src/policy/ast.ts'
import type { Effect } from '../src/policy/decision.ts'
import type { Entity } from '../src/policy/entity.ts'
import type { Json, JsonObject } from '../src/policy/json.ts'
import type { Answer, Facts, GrantFact, Holder, Question, Truth, When } from '../src/policy/question.ts'
import type { Request } from '../src/policy/request.ts'
import { budgeted } from './oracle-budgets.ts'
import { type Taken, taken } from './oracle-limits.ts'
import { begins, clock, later } from './oracle-time.ts'
import { and, not, or, truth } from './oracle-truth.ts'
import { compare, country, type Side } from './oracle-values.ts'

export { clock } from './oracle-time.ts'

/**
 * A second evaluator, slow and plain: it walks every rule of the text for every request and leaves nothing out. It
 * shares with the engine only the policy types and exact decimals.
 */
export interface OracleRules {
  readonly org: string
  readonly zone: string
  readonly rules: readonly { readonly id: string; readonly rule: Rule }[]
}

/** Rules that apply to one link, as `id` or `id?` for one that could not be evaluated. */
export interface LinkOutcome {
  readonly effect: Effect
  readonly forbids: readonly string[]
  readonly waiting: readonly string[]
  readonly granted: readonly string[]
  readonly permits: readonly string[]
  /** What was approved though no rule asked. */
  readonly approved: boolean
}

export interface Outcome {
  readonly effect: Effect
  readonly links: readonly LinkOutcome[]
}

export interface Seen {
  readonly set: OracleRules
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly subjectProperties: JsonObject
  /** For whom the link's actor acts. */
  readonly principal: Entity | null
  readonly rule: string
  readonly request: Request
  readonly facts: Facts
}

/** How each link of a request sees it. */
export function linksSeen(set: OracleRules, request: Request, facts: Facts): readonly Seen[] {
  const who = { type: request.subject.type, id: request.subject.id }
  const chain = [who, ...request.actors]
  return chain.map((subject, i) => ({
    set,
    subject,
    actors: i === 0 ? request.actors : chain,
    subjectProperties: i === 0 ? (request.subject.properties ?? {}) : {},
    principal: i === 0 ? null : who,
    rule: '',
    request,
    facts,
  }))
}

export function judge(set: OracleRules, request: Request, facts: Facts): Outcome {
  const links = linksSeen(set, request, facts).map(judgeLink)
  const effects = links.map(l => l.effect)
  const effect = effects.includes('deny') ? 'deny' : effects.includes('escalate') ? 'escalate' : 'allow'
  return { effect, links }
}

function judgeLink(link: Seen): LinkOutcome {
  const forbids: string[] = []
  const waiting: string[] = []
  const granted: string[] = []
  const permits: string[] = []
  for (const { id, rule } of link.set.rules) {
    const seen = { ...link, rule: id }
    if (rule.actions !== null && !rule.actions.includes(seen.request.action)) continue
    const who = isSubject(rule.subject, seen)
    const what = isResource(rule.resource, seen)
    const rest = rule.condition === null ? 'yes' : holds(rule.condition, seen)
    const applies = and([who, what, rest])
    switch (rule.effect) {
      case 'permit':
        if (applies === 'yes') permits.push(id)
        break
      case 'forbid':
        if (applies !== 'no') forbids.push(mark(id, applies))
        break
      case 'only': {
        if (applies === 'yes') permits.push(id)
        const barred = and([what, not(and([who, rest]))])
        if (barred !== 'no') forbids.push(mark(id, barred))
        break
      }
      case 'approval':
        if (applies !== 'no') (hasGrant(id, seen) ? granted : waiting).push(mark(id, applies))
        break
    }
  }
  const approved = hasGrant(null, link)
  const effect =
    forbids.length > 0
      ? 'deny'
      : waiting.length > 0
        ? 'escalate'
        : granted.length > 0 || permits.length > 0 || approved
          ? 'allow'
          : 'deny'
  return { effect, forbids, waiting, granted, permits, approved }
}

const mark = (id: string, truth: Truth): string => (truth === 'yes' ? id : `${id}?`)

function ask(question: Question, seen: Seen): Answer {
  const answer = seen.facts.answer(question)
  if (answer === undefined) throw new Error('the oracle needs every fact at once')
  return answer
}

function truthIn(answer: Answer, { facts, request }: Seen): Truth {
  if (answer.kind !== 'truth') return 'unknown'
  if (answer.truth !== 'unknown' || answer.when === undefined) return answer.truth
  const come = (when: When): Truth => {
    if (when.kind === 'unknown') return 'unknown'
    if (when.kind === 'condition') return facts.condition?.(when.name, when.context, request.context).truth ?? 'unknown'
    if (when.kind === 'not') return not(come(when.of))
    return when.kind === 'any' ? or(when.of.map(come)) : and(when.of.map(come))
  }
  return come(answer.when)
}

function hasGrant(rule: string | null, seen: Seen): boolean {
  const { action, resource } = seen.request
  if (resource.id === null) return false
  const on = { type: resource.type, id: resource.id }
  const { subject, actors, principal } = seen
  const answer = ask({ kind: 'grant', subject, principal, actors, action, resource: on, rule }, seen)
  if (answer.kind === 'grants') return answer.grants.some(grant => isUsable(grant, seen))
  return rule !== null && truthIn(answer, seen) === 'yes'
}

/** Its task, its time, what was approved of the resource, and a use that is surely left. */
function isUsable({ id, task, until, uses, given = {} }: GrantFact, { request, facts }: Seen): boolean {
  const said = request.resource.properties ?? {}
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(said, name) || JSON.stringify(said[name]) !== JSON.stringify(value)) return false
  }
  if (task !== null && task !== (request.task ?? null)) return false
  const standing = facts.stands?.({
    counter: `grant ${id}`,
    window: { kind: 'ever' },
    amount: 1,
    cap: uses,
    says: '',
    of: id,
  })
  return request.at < until && standing !== undefined && standing.used + standing.reserved < uses
}

export function isSubject(phrase: SubjectPhrase, seen: Seen): Truth {
  switch (phrase.kind) {
    case 'anyone':
      return 'yes'
    case 'type':
    case 'group':
      return and([truth(seen.subject.type === phrase.type), phrase.where === null ? 'yes' : holds(phrase.where, seen)])
    case 'named':
      return truth(seen.subject.type === phrase.entity.type && seen.subject.id === phrase.entity.id)
    case 'role':
      return related(phrase.on, phrase.relation, { kind: 'subject' }, seen)
    case 'any-of':
      return or(phrase.of.map(p => isSubject(p, seen)))
    case 'except':
      return and([isSubject(phrase.of, seen), not(isSubject(phrase.but, seen))])
    case 'acting': {
      const { principal } = seen
      if (principal === null) return 'no'
      return and([isSubject(phrase.actor, seen), isSubject(phrase.for, principalOf(seen, principal))])
    }
  }
}

export function isResource(phrase: ResourcePhrase, seen: Seen): Truth {
  const { type, id } = seen.request.resource
  switch (phrase.kind) {
    case 'anything':
      return 'yes'
    case 'type':
      return and([truth(type === phrase.type), phrase.where === null ? 'yes' : holds(phrase.where, seen)])
    case 'named':
      if (type !== phrase.entity.type) return 'no'
      return id === null ? 'unknown' : truth(id === phrase.entity.id)
    case 'any-of':
      return or(phrase.of.map(p => isResource(p, seen)))
    case 'except':
      return and([isResource(phrase.of, seen), not(isResource(phrase.but, seen))])
  }
}

function holder(term: Term, seen: Seen): Holder | null {
  const { resource } = seen.request
  switch (term.kind) {
    case 'subject':
      return { kind: 'entity', entity: seen.subject }
    case 'resource':
      return resource.id === null ? null : { kind: 'entity', entity: { type: resource.type, id: resource.id } }
    case 'org':
      return { kind: 'entity', entity: { type: 'org', id: seen.set.org } }
    case 'entity':
      return { kind: 'entity', entity: term.entity }
    case 'some': {
      const of = holder(term.of, seen)
      return of === null ? null : { kind: 'some', type: term.type, relation: term.relation, of }
    }
    case 'holder': {
      const on = holder(term.on, seen)
      return on === null ? null : { kind: 'holder', type: term.type, relation: term.relation, on }
    }
  }
}

function related(where: Term, relation: string, user: Term, seen: Seen): Truth {
  const on = holder(where, seen)
  const by = holder(user, seen)
  if (on === null || by === null) return 'unknown'
  const object = on.kind === 'entity' ? on.entity : on
  return truthIn(ask({ kind: 'relation', object, relation, user: by }, seen), seen)
}

export function holds(condition: Condition, seen: Seen): Truth {
  const { at, context } = seen.request
  switch (condition.kind) {
    case 'all':
      return and(condition.of.map(c => holds(c, seen)))
    case 'any':
      return or(condition.of.map(c => holds(c, seen)))
    case 'not':
      return not(holds(condition.of, seen))
    case 'related':
      return related(condition.object, condition.relation, condition.user, seen)
    case 'compare': {
      const { left, op, right } = condition
      const other = right.kind === 'attribute' ? attribute(right, seen) : undefined
      if (right.kind === 'attribute' && other === undefined) return 'unknown'
      const value = attribute(left, seen)
      if (value === undefined) return 'unknown'
      const to: Side = right.kind === 'attribute' ? { value: other ?? null, type: right.type } : { literal: right }
      return compare({ value, type: left.type }, op, to, seen.set.zone)
    }
    case 'one-of': {
      const value = attribute(condition.left, seen)
      if (value === undefined) return 'unknown'
      const { type } = condition.left
      return or(condition.values.map(literal => compare({ value, type }, 'eq', { literal }, seen.set.zone)))
    }
    case 'weekday':
      return truth(condition.days.includes(clock(at, condition.zone ?? seen.set.zone).weekday as 1))
    case 'hours':
      return inHours(condition.from, condition.to, clock(at, condition.zone ?? seen.set.zone).minutes)
    case 'schedule': {
      const { days, from, to, zone } = condition.schedule
      const now = clock(at, zone ?? seen.set.zone)
      return and([truth(days.includes(now.weekday as 1)), inHours(from, to, now.minutes)])
    }
    case 'date': {
      const { date } = clock(at, condition.zone ?? seen.set.zone)
      if (condition.op === 'before') return truth(date < condition.date)
      return truth(condition.op === 'from' ? date >= condition.date : date === condition.date)
    }
    case 'network': {
      const ip = Object.hasOwn(context, 'ip') ? context.ip : undefined
      const address = typeof ip === 'string' ? bits(ip) : null
      if (address === null) return 'unknown'
      return truth(condition.network.ranges.some(range => inRange(address, range)))
    }
    case 'calendar': {
      const { date } = clock(at, condition.zone ?? seen.set.zone)
      return truth(condition.calendar.days.some(day => day === date || day === date.slice(5)))
    }
    case 'elapsed':
      return elapsed(condition, seen)
    case 'place': {
      const value = attribute(condition.of, seen)
      const code = value === undefined ? null : country(value)
      return code === null ? 'unknown' : truth(condition.region.countries.includes(code.text))
    }
    case 'is': {
      const { resource } = seen.request
      if (condition.of === 'resource' && resource.id === null) {
        return resource.type === condition.entity.type ? 'unknown' : 'no'
      }
      const one = condition.of === 'subject' ? seen.subject : resource
      return truth(one.type === condition.entity.type && one.id === condition.entity.id)
    }
    case 'delegated':
      return truth(seen.request.actors.length > 0)
    case 'limit': {
      const take = takenBy(condition, seen)
      const standing = take === null ? undefined : seen.facts.stands?.(take)
      if (take === null || standing === undefined) return 'unknown'
      return truth(standing.used + standing.reserved + take.amount <= take.cap)
    }
    case 'budgeted':
      return budgetOf(condition.by, seen).truth
    case 'covered':
      return covered(seen)
  }
}

/** What a budget comes to, and takes where it is kept. */
export const budgetOf = (by: 'budget' | 'approval', seen: Seen) =>
  budgeted(by, ask({ kind: 'attribute', entity: seen.subject, name: 'budget' }, seen), seen)

/** What a limit takes of this call; null where it cannot be said. */
export function takenBy({ limit }: Extract<Condition, { kind: 'limit' }>, seen: Seen): Taken | null {
  const value = limit.of === null ? undefined : attribute(limit.of, seen)
  return taken(limit, seen.rule, seen.subject, value, seen.request.at, seen.set.zone)
}

/** Whom a phrase inside `acting` describes. */
export const principalOf = (seen: Seen, principal: Entity): Seen => ({
  ...seen,
  subject: principal,
  subjectProperties: seen.request.subject.properties ?? {},
  principal: null,
})

function elapsed(condition: Extract<Condition, { kind: 'elapsed' }>, seen: Seen): Truth {
  const { direction, instant, op, duration } = condition
  const { at } = seen.request
  const zone = condition.zone ?? seen.set.zone
  const value = attribute(instant, seen)
  const then = value === undefined ? null : begins(value, instant.type, zone)
  if (then === null) return 'unknown'
  const edge = later(then, duration, direction === 'since' ? 1 : -1, zone)
  // How much longer it is at `at` than at the edge: below zero while the time has not yet run so far.
  const over = direction === 'since' ? at - edge : edge - at
  const ownSide = direction === 'since' ? at >= then : at <= then
  if (op === 'lt') return truth(ownSide && over < 0)
  if (op === 'le') return truth(ownSide && over <= 0)
  return truth(op === 'gt' ? over > 0 : over >= 0)
}

function covered(seen: Seen): Truth {
  const answer = ask({ kind: 'attribute', entity: seen.subject, name: 'capabilities' }, seen)
  if (answer.kind === 'absent') return 'no'
  if (answer.kind !== 'value') return 'unknown'
  const held = answer.value
  if (!Array.isArray(held) || held.some(h => typeof h !== 'string')) return 'unknown'
  const { action, resource } = seen.request
  const { type, id } = resource
  const wanted = [action, `${action}:${type}`, `${action}:${type}s`, `${type}.${action}`, `${type}s.${action}`]
  const usable = type === 'tool' || type === 'mcp'
  if (action === 'use' && usable && id !== null) wanted.push(`${type}:${id}`)
  if (!usable) wanted.push(`${type}:${action}`, `${type}s:${action}`)
  if (action === 'obtain' && type === 'scope' && id !== null) wanted.push(id)
  if (action === 'use' && type === 'mcp_tool' && id !== null) {
    const [server, tool] = id.split('/')
    wanted.push(`tool:${id}`, `tool:${tool}`, `mcp:${server}`)
  }
  return truth(held.some(h => wanted.includes(h as string)))
}

function attribute(ref: AttributeRef, seen: Seen): Json | undefined {
  const own = (object: JsonObject | undefined): Json | undefined =>
    object !== undefined && Object.hasOwn(object, ref.name) ? object[ref.name] : undefined
  const { resource, context } = seen.request
  if (ref.of === 'context') return own(context)
  const given = own(ref.of === 'subject' ? seen.subjectProperties : resource.properties)
  const entity =
    ref.of === 'subject' ? seen.subject : resource.id === null ? null : { type: resource.type, id: resource.id }
  if (entity === null) return given
  const answer = ask({ kind: 'attribute', entity, name: ref.name }, seen)
  if (answer.kind === 'value') return answer.value
  return answer.kind === 'absent' ? given : undefined
}

const inHours = (from: number, to: number, now: number): Truth =>
  truth(from < to ? from <= now && now < to : from <= now || now < to)

/** All 128 bits of an address, IPv4 as its mapped IPv6; null unless it is an address. */
function bits(text: string): bigint | null {
  if (isIPv4(text)) return 0xffff00000000n + text.split('.').reduce((all, part) => all * 256n + BigInt(part), 0n)
  if (!isIPv6(text) || text.includes('%')) return null
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  if (dotted !== null) {
    const [, head, ...bytes] = dotted
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number)
    return bits(`${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`)
  }
  const [head = '', tail] = text.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const words = [...front, ...new Array<string>(8 - front.length - back.length).fill('0'), ...back]
  return words.reduce((all, word) => all * 65536n + BigInt(`0x${word}`), 0n)
}

const isV4 = (address: bigint): boolean => address >> 32n === 0xffffn

function inRange(address: bigint, range: string): boolean {
  const [host = '', size] = range.split('/')
  const base = bits(host)
  if (base === null || isV4(base) !== isV4(address)) return false
  const full = isIPv4(host) ? 32 : 128
  const free = BigInt(full - Number(size ?? full))
  return address >> free === base >> free
}
