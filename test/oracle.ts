import { isIPv4, isIPv6 } from 'node:net'
import { compareDecimal, type Decimal, decimalOf, parseDecimal } from '../src/lib/decimal.ts'
import type { AttributeRef, Condition, ResourcePhrase, Rule, SubjectPhrase, Term } from '../src/policy/ast.ts'
import type { Effect } from '../src/policy/decision.ts'
import type { Entity } from '../src/policy/entity.ts'
import type { Json, JsonObject } from '../src/policy/json.ts'
import type { Answer, Facts, Holder, Question, Truth } from '../src/policy/question.ts'
import type { Request } from '../src/policy/request.ts'
import type { AttributeType, Literal } from '../src/policy/value.ts'

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
}

export interface Outcome {
  readonly effect: Effect
  readonly links: readonly LinkOutcome[]
}

interface Seen {
  readonly set: OracleRules
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly subjectProperties: JsonObject
  readonly request: Request
  readonly facts: Facts
}

export function judge(set: OracleRules, request: Request, facts: Facts): Outcome {
  const who = { type: request.subject.type, id: request.subject.id }
  const chain = [who, ...request.actors]
  const links = chain.map((subject, i) =>
    judgeLink({
      set,
      subject,
      actors: i === 0 ? request.actors : chain,
      subjectProperties: i === 0 ? (request.subject.properties ?? {}) : {},
      request,
      facts,
    }),
  )
  const effects = links.map(l => l.effect)
  const effect = effects.includes('deny') ? 'deny' : effects.includes('escalate') ? 'escalate' : 'allow'
  return { effect, links }
}

function judgeLink(seen: Seen): LinkOutcome {
  const forbids: string[] = []
  const waiting: string[] = []
  const granted: string[] = []
  const permits: string[] = []
  for (const { id, rule } of seen.set.rules) {
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
  const effect =
    forbids.length > 0
      ? 'deny'
      : waiting.length > 0
        ? 'escalate'
        : granted.length > 0 || permits.length > 0
          ? 'allow'
          : 'deny'
  return { effect, forbids, waiting, granted, permits }
}

const mark = (id: string, truth: Truth): string => (truth === 'yes' ? id : `${id}?`)

const and = (truths: readonly Truth[]): Truth =>
  truths.includes('no') ? 'no' : truths.includes('unknown') ? 'unknown' : 'yes'
const or = (truths: readonly Truth[]): Truth =>
  truths.includes('yes') ? 'yes' : truths.includes('unknown') ? 'unknown' : 'no'
const not = (truth: Truth): Truth => (truth === 'unknown' ? 'unknown' : truth === 'yes' ? 'no' : 'yes')
const truth = (holds: boolean): Truth => (holds ? 'yes' : 'no')

function ask(question: Question, seen: Seen): Answer {
  const answer = seen.facts.answer(question)
  if (answer === undefined) throw new Error('the oracle needs every fact at once')
  return answer
}

const truthIn = (answer: Answer): Truth => (answer.kind === 'truth' ? answer.truth : 'unknown')

function hasGrant(rule: string, seen: Seen): boolean {
  const { action, resource } = seen.request
  if (resource.id === null) return false
  const on = { type: resource.type, id: resource.id }
  const { subject, actors } = seen
  return truthIn(ask({ kind: 'grant', subject, actors, action, resource: on, rule }, seen)) === 'yes'
}

function isSubject(phrase: SubjectPhrase, seen: Seen): Truth {
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
  }
}

function isResource(phrase: ResourcePhrase, seen: Seen): Truth {
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
  }
}

function related(object: Term, relation: string, user: Term, seen: Seen): Truth {
  const on = holder(object, seen)
  const by = holder(user, seen)
  if (on === null || by === null || on.kind === 'some') return 'unknown'
  return truthIn(ask({ kind: 'relation', object: on.entity, relation, user: by }, seen))
}

function holds(condition: Condition, seen: Seen): Truth {
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
    case 'covered':
      return covered(seen)
  }
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
  if (action === 'use' && (type === 'tool' || type === 'mcp') && id !== null) wanted.push(`${type}:${id}`)
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

type Side =
  | { readonly value: Json; readonly type: AttributeType | null; readonly literal?: never }
  | { readonly literal: Literal; readonly value?: never; readonly type?: never }

/** Texts and flags know only equality; everything else is ordered. */
type Read = { readonly text: string } | { readonly flag: boolean } | { readonly unit: string; readonly size: Decimal }

function compare(left: { value: Json; type: AttributeType | null }, op: string, right: Side, zone: string): Truth {
  if (op === 'contains') {
    if (left.type !== null && left.type.kind !== 'list') return 'unknown'
    if (!Array.isArray(left.value)) return 'unknown'
    return or(left.value.map(value => compare({ value, type: null }, 'eq', right, zone)))
  }
  const defined = left.type?.kind ?? right.literal?.kind ?? right.type?.kind
  if (defined === undefined && typeof left.value !== typeof right.value) return 'unknown'
  const kind = defined ?? typeof left.value
  const a = read(left.value, kind, left.type, zone)
  const b = right.literal === undefined ? read(right.value, kind, right.type, zone) : readLiteral(right.literal, kind)
  if (a === null || b === null) return 'unknown'
  let same: boolean
  let order: number | null = null
  if ('text' in a && 'text' in b) same = a.text === b.text
  else if ('flag' in a && 'flag' in b) same = a.flag === b.flag
  else if ('unit' in a && 'unit' in b && a.unit === b.unit) {
    order = compareDecimal(a.size, b.size)
    same = order === 0
  } else return 'unknown'
  if (op === 'eq') return truth(same)
  if (op === 'ne') return truth(!same)
  if (order === null) return 'unknown'
  return truth(op === 'lt' ? order < 0 : op === 'le' ? order <= 0 : op === 'gt' ? order > 0 : order >= 0)
}

function readLiteral(literal: Literal, kind: string): Read | null {
  const asked = kind === 'choice' || kind === 'string' ? 'text' : kind === 'boolean' ? 'flag' : kind
  if (literal.kind !== asked) return null
  switch (literal.kind) {
    case 'text':
      return { text: literal.text }
    case 'flag':
      return { flag: literal.flag }
    case 'number':
      return { unit: '', size: literal.number }
    case 'money':
      return { unit: literal.currency, size: literal.amount }
    case 'date':
      return day(literal.date)
  }
}

function read(value: Json, kind: string, type: AttributeType | null, zone: string): Read | null {
  switch (kind) {
    case 'text':
    case 'choice':
    case 'string':
      return typeof value === 'string' ? { text: value } : null
    case 'flag':
    case 'boolean':
      return typeof value === 'boolean' ? { flag: value } : null
    case 'number': {
      const size = number(value)
      return size === null ? null : { unit: '', size }
    }
    case 'money': {
      const pair = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
      const size = number(pair === null ? value : Object.hasOwn(pair, 'amount') ? pair.amount : undefined)
      const unit = pair !== null ? pair.currency : type?.kind === 'money' ? type.currency : undefined
      return size === null || typeof unit !== 'string' ? null : { unit, size }
    }
    case 'date': {
      if (typeof value !== 'string') return null
      if (value.length === 10) return day(value)
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value)) return null
      const at = Date.parse(value.toUpperCase())
      return Number.isNaN(at) || day(value.slice(0, 10)) === null ? null : day(clock(at, zone).date)
    }
    default:
      return null
  }
}

const number = (value: Json | undefined): Decimal | null =>
  typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? parseDecimal(value) : null

function day(date: string): Read | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return null
  const parsed = new Date(`${date}T12:00:00Z`)
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date) return null
  return { unit: 'day', size: { units: BigInt(date.replaceAll('-', '')), scale: 0 } }
}

const inHours = (from: number, to: number, now: number): Truth =>
  truth(from < to ? from <= now && now < to : from <= now || now < to)

interface Clock {
  readonly weekday: number
  readonly minutes: number
  readonly date: string
}

const formats = new Map<string, Intl.DateTimeFormat>()
const clocks = new Map<string, Clock>()
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** The wall clock, as the runtime formats it. */
export function clock(at: number, zone: string): Clock {
  const key = `${at} ${zone}`
  const kept = clocks.get(key)
  if (kept !== undefined) return kept
  let format = formats.get(zone)
  if (format === undefined) {
    const two = '2-digit'
    const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, weekday: 'short' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields })
    formats.set(zone, format)
  }
  const part = Object.fromEntries(format.formatToParts(at).map(p => [p.type, p.value]))
  const made = {
    weekday: WEEKDAYS.indexOf(part.weekday ?? '') + 1,
    minutes: Number(part.hour) * 60 + Number(part.minute),
    date: `${part.year}-${part.month}-${part.day}`,
  }
  clocks.set(key, made)
  return made
}

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
