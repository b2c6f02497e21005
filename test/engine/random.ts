import type { SourceRule } from '../../src/engine/compile.ts'
import { decimalOf } from '../../src/lib/decimal.ts'
import type {
  AttributeRef,
  Calendar,
  Condition,
  Duration,
  Region,
  ResourcePhrase,
  Rule,
  SubjectPhrase,
  Term,
  Weekday,
} from '../../src/policy/ast.ts'
import { BUDGET_METERS, type BudgetLine } from '../../src/policy/budget.ts'
import type { Meter } from '../../src/policy/charge.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Json, JsonObject } from '../../src/policy/json.ts'
import type { Answer, Facts, GrantFact, Holder, Question } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'

/** Seeded choices: the same seed makes the same case. */
export interface Random {
  below(n: number): number
  chance(p: number): boolean
  pick<T>(items: readonly T[]): T
}

export function randomOf(seed: number): Random {
  let state = (seed * 2654435761) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    below,
    chance: p => next() < p,
    pick: items => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}

export const ORG = 'acme'
export const ZONE = 'Europe/Berlin'
const TYPES = ['user', 'agent', 'document', 'payment', 'tool']
const SUBJECTS: readonly Entity[] = [
  { type: 'user', id: 'alice' },
  { type: 'user', id: 'bob' },
  { type: 'agent', id: 'a1' },
  { type: 'agent', id: 'a2' },
]
const RESOURCES: readonly Entity[] = [
  { type: 'document', id: '1' },
  { type: 'document', id: '2' },
  { type: 'payment', id: '1' },
  { type: 'tool', id: 'search' },
]
const TASKS = ['task_1', 'task_2']
const ACTIONS = ['read', 'edit', 'use']
const RELATIONS = ['member', 'owner', 'viewer']
const ZONES = [null, null, 'UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']
const RANGES = ['10.0.0.0/8', '192.0.2.0/24', '203.0.113.9', '2001:db8::/32', '::1', '::ffff:10.1.0.0/112', '0.0.0.0/0']
const IPS: readonly Json[] = [
  '10.1.2.3',
  '192.0.2.77',
  '203.0.113.9',
  '2001:db8::5',
  '::ffff:10.1.0.7',
  '::1',
  '10.1.2',
  '010.1.2.3',
  'fe80::1%eth0',
  42,
]
const DATES = ['2026-03-29', '2026-10-25', '2026-05-04', '2026-01-01']
const INSTANTS = [
  Date.UTC(2026, 2, 29, 0, 59, 59, 999),
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 9, 25, 0, 30),
  Date.UTC(2026, 9, 25, 1, 30),
  Date.UTC(2026, 4, 3, 22),
  Date.UTC(2026, 4, 4, 7, 30),
  Date.UTC(2026, 11, 31, 23, 30),
  Date.UTC(2026, 2, 29, 1, 30),
  Date.UTC(2026, 2, 28, 23),
  Date.UTC(2025, 1, 28, 12),
  Date.UTC(2026, 1, 28, 8, 0, 0, 250),
]

/** Attributes with their defined type; `free` and `__proto__` have none. */
const ATTRIBUTES: readonly (readonly [string, AttributeType | null])[] = [
  ['amount', { kind: 'money', currency: 'USD' }],
  ['level', { kind: 'number' }],
  ['status', { kind: 'choice', of: ['draft', 'approved'] }],
  ['flagged', { kind: 'flag' }],
  ['due', { kind: 'date' }],
  ['tags', { kind: 'list' }],
  ['note', { kind: 'text' }],
  ['joined', { kind: 'instant' }],
  ['country', { kind: 'country' }],
  ['size', { kind: 'quantity', unit: 'byte' }],
  ['spent', { kind: 'quantity', unit: 'minute' }],
  ['free', null],
  ['__proto__', null],
  ['constructor', null],
]

/** Around changes of the clocks, a leap day and the end of a short month. */
const TIMES: readonly Json[] = [
  '2026-03-28T02:30:00+01:00',
  '2026-03-29T00:59:59.999Z',
  '2026-10-24T02:30:00+02:00',
  '2026-10-25T02:30:00+01:00',
  '2024-02-29T12:00:00Z',
  '2026-01-31T08:00:00.250Z',
  Date.UTC(2026, 4, 3, 7, 30) / 1000,
  1777852800.5,
]

/** What a definition's type can read, mostly. */
const FITTING: Readonly<Record<string, readonly Json[]>> = {
  joined: TIMES,
  due: ['2026-03-28', '2026-03-29', '2024-02-29', '2026-01-31', '2026-05-04'],
  free: ['2026-03-28', '2026-10-25', ...TIMES.slice(0, 4), 'DE', 5, 'draft'],
  country: ['DE', 'de', 'germany', 'FR', 'the USA', 'United States', 'Atlantis'],
  size: [5_000_000, 5000, '5e6', 5_000_001, 0.5],
  spent: [90, 91, 1.5, '60'],
  tags: ['draft', ['draft', 'x']],
}

const VALUES: readonly Json[] = [
  0,
  5,
  5.5,
  -3,
  12000,
  2 ** 53,
  '5',
  '5.50',
  'draft',
  'approved',
  '',
  true,
  false,
  null,
  '2026-05-04',
  '2026-02-30',
  '2026-05-03T23:30:00Z',
  '2026-05-03t23:30:00.5+02:00',
  { amount: 5, currency: 'USD' },
  { amount: '12000.00', currency: 'USD' },
  { amount: 5, currency: 'EUR' },
  { currency: 'USD' },
  ['draft', 'x'],
  [5, '5', { amount: 5, currency: 'USD' }],
  [true, '2026-05-04'],
  [],
]

const numeral = (n: number) => {
  const decimal = decimalOf(n)
  if (decimal === null) throw new Error('not finite')
  return decimal
}

const LITERALS: readonly Literal[] = [
  { kind: 'text', text: 'draft' },
  { kind: 'text', text: '5' },
  { kind: 'flag', flag: true },
  { kind: 'number', number: numeral(5) },
  { kind: 'number', number: numeral(5.5) },
  { kind: 'number', number: numeral(1e21) },
  { kind: 'money', amount: numeral(5), currency: 'USD' },
  { kind: 'money', amount: numeral(10000), currency: 'USD' },
  { kind: 'money', amount: numeral(5), currency: 'EUR' },
  { kind: 'date', date: '2026-05-04' },
  { kind: 'date', date: '2026-03-28' },
  { kind: 'quantity', number: numeral(5), unit: 'MB' },
  { kind: 'quantity', number: numeral(5), unit: 'kB' },
  { kind: 'quantity', number: numeral(1.5), unit: 'hour' },
  { kind: 'quantity', number: numeral(90), unit: 'minute' },
  { kind: 'quantity', number: numeral(5), unit: 'kg' },
  { kind: 'text', text: 'DE' },
  { kind: 'text', text: 'United States' },
]

const DURATIONS: readonly Duration[] = [
  { count: 1, unit: 'day' },
  { count: 24, unit: 'hour' },
  { count: 90, unit: 'minute' },
  { count: 3600, unit: 'second' },
  { count: 1, unit: 'week' },
  { count: 5, unit: 'week' },
  { count: 1, unit: 'month' },
  { count: 13, unit: 'month' },
  { count: 1, unit: 'year' },
  { count: 2, unit: 'year' },
  { count: 9000, unit: 'year' },
]

const REGIONS: readonly Region[] = [
  { name: 'EU', countries: ['DE', 'FR'] },
  { name: null, countries: ['US'] },
]

const CALENDARS: readonly Calendar[] = [
  { name: 'company holidays', days: ['2026-03-29', '05-04', '12-31'] },
  { name: 'leap days', days: ['02-29', '2026-10-25'] },
]

function term(r: Random, depth: number): Term {
  const kind = r.below(depth > 0 ? 7 : 5)
  if (kind < 2) return { kind: 'subject' }
  if (kind === 2) return { kind: 'resource' }
  if (kind === 3) return { kind: 'org' }
  if (kind === 4) return { kind: 'entity', entity: { type: 'team', id: r.pick(['eng', 'ops']) } }
  if (kind === 5) return { kind: 'holder', type: 'user', relation: r.pick(RELATIONS), on: term(r, depth - 1) }
  return { kind: 'some', type: 'team', relation: r.pick(RELATIONS), of: term(r, depth - 1) }
}

function attributeRef(r: Random): AttributeRef {
  const [name, type] = r.pick(ATTRIBUTES)
  return { kind: 'attribute', of: r.pick(['subject', 'resource', 'resource', 'context']), name, type }
}

const LITERAL_OF: Readonly<Record<string, Literal['kind']>> = {
  choice: 'text',
  list: 'text',
  country: 'text',
  instant: 'date',
}

/** A literal of the attribute's kind more often than not. */
function literalFor(r: Random, type: AttributeType | null): Literal {
  if (type === null || r.chance(0.2)) return r.pick(LITERALS)
  const kind = LITERAL_OF[type.kind] ?? type.kind
  return r.pick(LITERALS.filter(l => l.kind === kind))
}

const days = (r: Random): readonly Weekday[] =>
  r.chance(0.5) ? [1, 2, 3, 4, 5] : ([1, 2, 3, 4, 5, 6, 7] as const).filter(() => r.chance(0.4))
const minute = (r: Random): number => r.pick([0, 60, 119, 120, 180, 540, 1020, 1380, 1440])

export function randomCondition(r: Random, depth: number): Condition {
  const kind = r.below(depth > 0 ? 23 : 19)
  switch (kind) {
    case 0:
    case 1:
      return { kind: 'related', object: term(r, 1), relation: r.pick(RELATIONS), user: term(r, 2) }
    case 2:
    case 3: {
      const left = attributeRef(r)
      const op =
        left.type?.kind === 'list' ? 'contains' : r.pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains'] as const)
      return { kind: 'compare', left, op, right: r.chance(0.2) ? attributeRef(r) : literalFor(r, left.type) }
    }
    case 4: {
      const left = attributeRef(r)
      return { kind: 'one-of', left, values: [literalFor(r, left.type), literalFor(r, left.type)] }
    }
    case 5:
      return { kind: 'weekday', days: days(r), zone: r.pick(ZONES) }
    case 6:
      return { kind: 'hours', from: minute(r), to: minute(r), zone: r.pick(ZONES) }
    case 7: {
      const schedule = { name: 'office hours', days: days(r), from: minute(r), to: minute(r), zone: r.pick(ZONES) }
      return { kind: 'schedule', schedule }
    }
    case 8:
      return { kind: 'date', op: r.pick(['before', 'from', 'on'] as const), date: r.pick(DATES), zone: r.pick(ZONES) }
    case 9:
      return {
        kind: 'network',
        network: { name: r.pick([null, 'office network']), ranges: [r.pick(RANGES), r.pick(RANGES)] },
      }
    case 10:
      return { kind: 'covered' }
    case 11:
      return { kind: 'calendar', calendar: r.pick(CALENDARS), zone: r.pick(ZONES) }
    case 12:
    case 13: {
      const name = r.pick(['joined', 'joined', 'joined', 'due', 'due', 'free', 'level'])
      const type = ATTRIBUTES.find(([known]) => known === name)?.[1] ?? null
      return {
        kind: 'elapsed',
        direction: r.pick(['since', 'until'] as const),
        instant: { kind: 'attribute', of: r.pick(['subject', 'resource', 'context']), name, type },
        op: r.pick(['lt', 'le', 'gt', 'ge'] as const),
        duration: r.pick(DURATIONS),
        zone: r.pick(ZONES),
      }
    }
    case 14: {
      const name = r.pick(['country', 'country', 'free'])
      const type = name === 'country' ? ({ kind: 'country' } as const) : null
      const of = r.pick(['subject', 'resource', 'context', 'context'] as const)
      return { kind: 'place', of: { kind: 'attribute', of, name, type }, region: r.pick(REGIONS) }
    }
    case 15:
      return r.chance(0.5)
        ? { kind: 'is', of: 'subject', entity: r.pick(SUBJECTS) }
        : { kind: 'is', of: 'resource', entity: r.pick(RESOURCES) }
    case 16:
      return { kind: 'delegated' }
    case 17:
      return { kind: 'budgeted', by: r.pick(['budget', 'budget', 'approval'] as const) }
    case 18: {
      const per: Duration = {
        count: r.pick([1, 1, 1, 2]),
        unit: r.pick(['minute', 'hour', 'day', 'week', 'month', 'year']),
      }
      const window = r.pick(['calendar', 'sliding'] as const)
      if (r.chance(0.5))
        return { kind: 'limit', limit: { amount: { kind: 'number', number: numeral(5) }, of: null, per, window } }
      const of = attributeRef(r)
      return { kind: 'limit', limit: { amount: literalFor(r, of.type), of, per, window } }
    }
    case 19:
      return { kind: 'not', of: randomCondition(r, depth - 1) }
    default:
      return {
        kind: r.pick(['all', 'any'] as const),
        of: Array.from({ length: r.below(4) }, () => randomCondition(r, depth - 1)),
      }
  }
}

const maybe = (r: Random, p: number): Condition | null => (r.chance(p) ? randomCondition(r, 2) : null)

function subjectPhrase(r: Random, depth = 1): SubjectPhrase {
  switch (r.below(depth > 0 ? 11 : 7)) {
    case 0:
    case 1:
      return { kind: 'anyone' }
    case 2:
    case 3:
      return { kind: 'type', type: r.pick(['user', 'agent']), where: maybe(r, 0.4) }
    case 4:
      return { kind: 'named', entity: r.pick(SUBJECTS) }
    case 5:
      return { kind: 'role', relation: r.pick(RELATIONS), on: term(r, 1) }
    case 6:
      return { kind: 'group', name: 'contractor', type: 'user', where: randomCondition(r, 1) }
    case 7:
      return { kind: 'except', of: subjectPhrase(r, depth - 1), but: subjectPhrase(r, depth - 1) }
    case 8:
    case 9:
      return { kind: 'acting', actor: subjectPhrase(r, depth - 1), for: subjectPhrase(r, depth - 1) }
    default:
      return { kind: 'any-of', of: Array.from({ length: 1 + r.below(3) }, () => subjectPhrase(r, depth - 1)) }
  }
}

function resourcePhrase(r: Random, depth = 1): ResourcePhrase {
  switch (r.below(depth > 0 ? 7 : 5)) {
    case 0:
      return { kind: 'anything' }
    case 1:
    case 2:
    case 3:
      return { kind: 'type', type: r.pick(TYPES.slice(2)), where: maybe(r, 0.4) }
    case 4:
      return { kind: 'named', entity: r.pick(RESOURCES) }
    case 5:
      return { kind: 'except', of: resourcePhrase(r, depth - 1), but: resourcePhrase(r, depth - 1) }
    default:
      return { kind: 'any-of', of: Array.from({ length: 1 + r.below(3) }, () => resourcePhrase(r, depth - 1)) }
  }
}

export function randomRule(r: Random): Rule {
  const effect = r.pick(['permit', 'permit', 'permit', 'permit', 'forbid', 'only', 'approval'] as const)
  return {
    kind: 'rule',
    effect,
    subject: subjectPhrase(r),
    actions: r.chance(0.15) ? null : ACTIONS.filter(() => r.chance(0.6)),
    resource: resourcePhrase(r),
    condition: maybe(r, 0.6),
    approver: effect === 'approval' ? { relation: r.pick(['owner', null]), on: term(r, 1) } : null,
  }
}

export const randomRules = (r: Random, most: number): readonly SourceRule[] =>
  Array.from({ length: 1 + r.below(most) }, (_, i) => ({ id: `r${i}`, text: `rule ${i}`, rule: randomRule(r) }))

function someValue(r: Random, name: string): Json {
  const fitting = Object.hasOwn(FITTING, name) ? FITTING[name] : undefined
  return r.pick(fitting !== undefined && r.chance(0.7) ? fitting : VALUES)
}

function properties(r: Random): JsonObject {
  const given: [string, Json][] = []
  for (const [name] of ATTRIBUTES) if (r.chance(0.4)) given.push([name, someValue(r, name)])
  return Object.fromEntries(given)
}

/** What a call may say of what it takes. */
function taking(r: Random): JsonObject {
  return {
    ...(r.chance(0.3) && { tokens: r.pick<Json>([0, 1, 3, 4_000_000, -1, 1.5, '3']) }),
    ...(r.chance(0.3) && { cost_usd: r.pick<Json>([0, 1, '0.000001', '4.5', 5, -1, 0.0000001, 'much', null]) }),
    ...(r.chance(0.3) && { model: r.pick<Json>(['small', 'large', 5, null]) }),
  }
}

export function randomRequest(r: Random): Request {
  const subject = r.pick(SUBJECTS)
  const resource = r.pick(RESOURCES)
  const actors = r.chance(0.6) ? [] : Array.from({ length: 1 + r.below(2) }, () => r.pick(SUBJECTS))
  return {
    org: ORG,
    subject: { ...subject, ...(r.chance(0.5) && { properties: properties(r) }) },
    actors,
    action: r.pick(ACTIONS),
    resource: {
      type: resource.type,
      id: r.chance(0.12) ? null : resource.id,
      ...(r.chance(0.5) && { properties: properties(r) }),
    },
    context: { ...properties(r), ...taking(r), ...(r.chance(0.8) && { ip: r.pick(IPS) }) },
    ...(r.chance(0.5) && { task: r.pick(TASKS) }),
    at: r.pick(INSTANTS) + (r.chance(0.5) ? r.below(36) * 3_600_000 : 0) + r.pick([0, 0, 0, 1, -1]),
  }
}

export function holderText(holder: Holder): string {
  switch (holder.kind) {
    case 'entity':
      return `${holder.entity.type}:${holder.entity.id}`
    case 'some':
      return `some ${holder.type}#${holder.relation}(${holderText(holder.of)})`
    case 'holder':
      return `the ${holder.type} ${holder.relation} of(${holderText(holder.on)})`
  }
}

/** One text for each question, whatever the order of its members. */
export function questionText(question: Question): string {
  const name = (e: Entity): string => `${e.type}:${e.id}`
  switch (question.kind) {
    case 'relation':
      return `${'kind' in question.object ? holderText(question.object) : name(question.object)}#${question.relation}@${holderText(question.user)}`
    case 'attribute':
      return `${name(question.entity)}.${question.name}`
    case 'task':
      return `task ${question.id}`
    case 'meter':
      return `meter ${meterKey(question)}`
    case 'grant': {
      const { subject, actors, action, resource, rule } = question
      return `grant ${[subject, ...actors].map(name).join(' ')} ${action} ${name(resource)} ${rule}`
    }
  }
}

function hash(text: string, seed: number): number {
  let h = seed | 0
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

const CAPABILITIES: readonly Json[] = [
  ['edit:documents'],
  ['document.read', 'tool:search'],
  ['read'],
  [],
  ['x', 5],
  'read',
]

const lines = (r: Random, of: string, most: number): readonly BudgetLine[] =>
  Array.from({ length: r.below(most) }, () => ({
    of,
    meter: r.pick(BUDGET_METERS),
    cap: r.pick([0, 1, 5, 6, 5_000_000, 7_200_000]),
    per: of.startsWith('task:') ? ('task' as const) : r.pick(['hour', 'day', 'month', 'task'] as const),
  })).map(line => (line.meter === 'wall_ms' ? { ...line, per: 'task' as const } : line))

const someBudgets = (r: Random): Json =>
  ({
    lines: [...lines(r, 'org', 2), ...lines(r, 'agent:a1', 4)],
    models: r.chance(0.3) ? [{ of: 'org', models: r.pick([['small'], ['small', 'large'], []]) }] : [],
    approvalAbove: r.pick([null, 0, 1, 4_500_000]),
  }) as unknown as Json

const someGrant = (r: Random): GrantFact => ({
  id: `grt_${r.below(6)}`,
  task: r.pick([null, ...TASKS]),
  uses: 1 + r.below(3),
  ...(r.chance(0.3) && { given: { note: someValue(r, 'note') } }),
  until: r.chance(0.7) ? Date.UTC(2027, 0, 1) : r.pick(INSTANTS),
  says: 'an approver said yes',
})
/** One text for a meter. */
export const meterKey = ({ counter, window }: Meter): string => `${counter} ${JSON.stringify(window)}`

/** What meters may stand at: below, at and above the caps of random limits. */
const USED = [0, 0, 1, 3, 4, 5, 6, 4_000_000, 4_999_999, 5_000_000, 5_000_001, 2 ** 52]

/** A whole world of answers drawn from one seed: each question has one answer, made when first asked. */
export function randomFacts(seed: number): Facts {
  const known = new Map<string, Answer>()
  const make = (question: Question, key: string): Answer => {
    const r = randomOf(hash(key, seed))
    const roll = r.below(100)
    if (question.kind === 'attribute') {
      if (roll < 30) return { kind: 'absent' }
      if (roll < 38) return { kind: 'unavailable', why: 'the store is away' }
      if (roll < 40) return { kind: 'truth', truth: 'yes' }
      if (question.name === 'budget') return { kind: 'value', value: r.chance(0.9) ? someBudgets(r) : 5 }
      const value = question.name === 'capabilities' ? r.pick(CAPABILITIES) : someValue(r, question.name)
      return { kind: 'value', value }
    }
    if (question.kind === 'grant' && roll < 45) {
      return { kind: 'grants', grants: Array.from({ length: 1 + r.below(3) }, () => someGrant(r)) }
    }
    if (roll < 45) return { kind: 'truth', truth: 'yes' }
    if (roll < 85) return { kind: 'truth', truth: 'no' }
    if (roll < 92) return { kind: 'truth', truth: 'unknown', why: 'too deep' }
    if (roll < 97) return { kind: 'unavailable', why: 'the graph is away' }
    return roll < 99 ? { kind: 'absent' } : { kind: 'value', value: true }
  }
  return {
    task(id) {
      const r = randomOf(hash(`task ${id}`, seed))
      if (r.chance(0.15)) return undefined
      const startedAt = r.pick(INSTANTS) - r.below(3) * 3_600_000
      return { startedAt, endsAt: startedAt + 10 ** 12, lines: lines(r, `task:${id}`, 3) }
    },
    stands(meter) {
      const r = randomOf(hash(meterKey(meter), seed))
      return r.chance(0.12) ? undefined : { used: r.pick(USED), reserved: r.pick([0, 0, 0, 1, 1_000_000]) }
    },
    answer(question) {
      const key = questionText(question)
      const kept = known.get(key)
      if (kept !== undefined) return kept
      const made = make(question, key)
      known.set(key, made)
      return made
    },
  }
}
