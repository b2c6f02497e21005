import fc from 'fast-check'
import { parseDecimal } from '../../src/lib/decimal.ts'
import type {
  Approver,
  AttributeRef,
  Condition,
  ResourcePhrase,
  Rule,
  SubjectPhrase,
  Term,
  Weekday,
} from '../../src/policy/ast.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'
import type { Vocabulary } from '../../src/policy/vocabulary.ts'
import { called, elapsedOf, placeOf, quantity } from './arbitrary-values.ts'

/** Rules over a vocabulary, of every form that can be written. */

const id = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/),
  fc.constantFrom('alice@acme.com', 'a.b/c', 'Q3 Plan', 'x"y', 'ends.', "o'neil", '2026', 'a:b:c', 'ünï', '*x', 'a\\b'),
)
const entity = (type: string): fc.Arbitrary<Term & { kind: 'entity' }> =>
  id.map(i => ({ kind: 'entity', entity: { type, id: i } }))
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 4 }))
  .map(([units, scale]) => parseDecimal(`${units}e-${scale}`))
  .filter(value => value !== null)
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-30'), noInvalidDate: true })
  .map(d => d.toISOString().slice(0, 10))
const text = fc.oneof(
  fc.string({ minLength: 0, maxLength: 12, unit: 'grapheme' }),
  fc.constantFrom('sales', 'true', 'a b', 'can', 'a "b"', 'x. Y', '# no'),
)
const zone = fc.constantFrom(null, null, 'Europe/Berlin', 'America/New_York', 'UTC', 'Etc/GMT+5')

const literal: fc.Arbitrary<Literal> = fc.oneof(
  text.map(t => ({ kind: 'text' as const, text: t })),
  fc.boolean().map(flag => ({ kind: 'flag' as const, flag })),
  decimal.map(number => ({ kind: 'number' as const, number })),
  fc
    .tuple(decimal, fc.constantFrom('USD', 'EUR', 'GBP', 'JPY', 'CHF', 'SEK'))
    .map(([amount, currency]) => ({ kind: 'money' as const, amount, currency })),
  date.map(d => ({ kind: 'date' as const, date: d })),
)

function literalFor(type: AttributeType | null): fc.Arbitrary<Literal> {
  switch (type?.kind) {
    case undefined:
    case 'list':
      return literal
    case 'choice':
      return fc.constantFrom(...type.of).map(t => ({ kind: 'text', text: t }))
    case 'money':
      return decimal.map(amount => ({ kind: 'money', amount, currency: type.currency }))
    case 'text':
      return text.map(t => ({ kind: 'text', text: t }))
    case 'flag':
      return fc.boolean().map(flag => ({ kind: 'flag', flag }))
    case 'number':
      return decimal.map(number => ({ kind: 'number', number }))
    case 'date':
    case 'instant':
      return date.map(d => ({ kind: 'date', date: d }))
    case 'quantity':
      return quantity(type.unit)
    case 'country':
      return fc.constant({ kind: 'text', text: 'Germany' })
  }
}

const UNDEFINED = ['region', 'level2', 'from', 'Case', 'is', 'two words', 'monday', 'channel']

/** Attributes of one side: those defined for its types, and some nobody defined. */
function attribute(
  of: AttributeRef['of'],
  types: readonly string[],
  vocabulary: Vocabulary,
): fc.Arbitrary<AttributeRef> {
  const type = of === 'context' ? 'request' : types.length === 1 ? (types[0] ?? '') : ''
  const defined = vocabulary.attributes.get(type) ?? []
  const names = UNDEFINED.filter(name => !defined.some(d => d.name === name))
  const free = fc.constantFrom(...names).map(name => ({ kind: 'attribute' as const, of, name, type: null }))
  if (defined.length === 0) return free
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(...defined).map(d => ({ kind: 'attribute' as const, of, name: d.name, type: d.type })),
    },
    { weight: 1, arbitrary: free },
  )
}

function comparison(left: AttributeRef, vocabulary: Vocabulary): fc.Arbitrary<Condition> {
  if (left.type?.kind === 'country') return placeOf(left, vocabulary)
  if (left.type?.kind === 'instant') return fc.oneof(elapsedOf(left, zone), compared(left))
  return left.type?.kind === 'date' ? fc.oneof(compared(left), elapsedOf(left, zone)) : compared(left)
}

function compared(left: AttributeRef): fc.Arbitrary<Condition> {
  const values = literalFor(left.type)
  const ordered = left.type === null || ['number', 'money', 'date', 'instant', 'quantity'].includes(left.type.kind)
  const right = values.filter(v => left.type?.kind !== 'list' || v !== null)
  if (left.type?.kind === 'list') return right.map(r => ({ kind: 'compare', left, op: 'contains', right: r }))
  const ops = fc.constantFrom(...(['eq', 'ne'] as const), ...(left.type === null ? (['contains'] as const) : []))
  const equal = fc.tuple(ops, values).map(([op, r]): Condition => ({ kind: 'compare', left, op, right: r }))
  const order = fc
    .tuple(
      fc.constantFrom(...(['lt', 'le', 'gt', 'ge'] as const)),
      values.filter(v => v.kind !== 'text' && v.kind !== 'flag'),
    )
    .map(([op, r]): Condition => ({ kind: 'compare', left, op, right: r }))
  const set = fc
    .array(values, { minLength: 1, maxLength: 3 })
    .map((of): Condition => ({ kind: 'one-of', left, values: of }))
  const ref = fc.constantFrom('limit', 'region').map(
    (name): Condition => ({
      kind: 'compare',
      left,
      op: 'eq',
      right: { kind: 'attribute', of: 'context', name, type: null },
    }),
  )
  return ordered ? fc.oneof(equal, order, set, ref) : fc.oneof(equal, set, ref)
}

const subjectTerm: Term = { kind: 'subject' }
const some: fc.Arbitrary<Term> = fc.oneof(
  fc.constant<Term>({ kind: 'some', type: 'team', relation: 'member', of: subjectTerm }),
  fc.constant<Term>({ kind: 'some', type: 'team', relation: 'lead', of: subjectTerm }),
  fc.constant<Term>({ kind: 'some', type: 'org', relation: 'member', of: subjectTerm }),
  entity('user').map((of): Term => ({ kind: 'some', type: 'crew', relation: 'captain', of })),
  fc.constant<Term>({
    kind: 'some',
    type: 'org',
    relation: 'admin',
    of: { kind: 'some', type: 'team', relation: 'lead', of: subjectTerm },
  }),
)
const managerOf = (on: Term): Term => ({ kind: 'holder', type: 'user', relation: 'manager', on })
const holders: fc.Arbitrary<Term> = fc.oneof(
  entity('user').map(managerOf),
  entity('user').map(of => managerOf(managerOf(of))),
  entity('team').map((on): Term => managerOf({ kind: 'holder', type: 'user', relation: 'lead', on })),
  entity('user').map((of): Term => ({ kind: 'some', type: 'team', relation: 'member', of: managerOf(of) })),
  entity('document').map((on): Term => ({ kind: 'holder', type: 'department', relation: 'owner', on })),
  fc.constant<Term>({ kind: 'holder', type: 'user', relation: 'admin', on: { kind: 'org' } }),
  fc.constant<Term>({
    kind: 'some',
    type: 'folder',
    relation: 'shared_with',
    of: { kind: 'some', type: 'team', relation: 'member', of: subjectTerm },
  }),
)
const holder: fc.Arbitrary<Term> = fc.oneof(
  holders,
  fc.constant(subjectTerm),
  entity('user'),
  entity('team'),
  some,
  fc.constant<Term>({ kind: 'org' }),
)

function ofResource(type: string, vocabulary: Vocabulary): fc.Arbitrary<Condition> | null {
  const relations = vocabulary.model.types.find(t => t.name === type)?.relations ?? []
  if (relations.length === 0) return null
  return fc.tuple(fc.constantFrom(...relations), holder).map(
    ([relation, user]): Condition => ({
      kind: 'related',
      object: { kind: 'resource' },
      relation: relation.name,
      user,
    }),
  )
}

const places: fc.Arbitrary<{ readonly on: Term; readonly relation: string }> = fc.oneof(
  fc.tuple(entity('team'), fc.constantFrom('member', 'lead')).map(([on, relation]) => ({ on, relation })),
  fc.tuple(entity('org'), fc.constantFrom('member', 'approver')).map(([on, relation]) => ({ on, relation })),
  fc.constantFrom('admin', 'approver').map(relation => ({ on: { kind: 'org' as const }, relation })),
  entity('user').map(of => ({ on: managerOf(of), relation: 'manager' })),
  fc.constant({ on: { kind: 'some' as const, type: 'team', relation: 'member', of: subjectTerm }, relation: 'lead' }),
)

const leaf = (part: Condition): boolean => part.kind !== 'all' && part.kind !== 'any'

function nested(base: fc.Arbitrary<Condition>, depth: number): fc.Arbitrary<Condition> {
  if (depth === 0) return base
  const inner = nested(base, depth - 1)
  const list = (kind: 'all' | 'any'): fc.Arbitrary<Condition> =>
    fc.array(inner, { minLength: 2, maxLength: 3 }).map(of => ({ kind, of }))
  return fc.oneof(
    { weight: 4, arbitrary: base },
    { weight: 2, arbitrary: list('all') },
    { weight: 2, arbitrary: list('any') },
    { weight: 1, arbitrary: inner.map((of): Condition => ({ kind: 'not', of })) },
  )
}

const days = fc.subarray<Weekday>([1, 2, 3, 4, 5, 6, 7], { minLength: 1 })
const range = fc.constantFrom('10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', '203.0.113.0/24')

/** Clauses that speak of the call. */
function dynamic(vocabulary: Vocabulary): fc.Arbitrary<Condition> {
  return fc.oneof(
    fc.tuple(days, zone).map(([d, z]): Condition => ({ kind: 'weekday', days: d, zone: z })),
    fc
      .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1440 }), zone)
      .filter(([from, to]) => from !== to)
      .map(([from, to, z]): Condition => ({ kind: 'hours', from, to, zone: z })),
    fc.constantFrom(...vocabulary.schedules.values()).map((schedule): Condition => ({ kind: 'schedule', schedule })),
    fc
      .tuple(fc.constantFrom('before' as const, 'from' as const, 'on' as const), date, zone)
      .map(([op, d, z]): Condition => ({ kind: 'date', op, date: d, zone: z })),
    fc.constantFrom(...vocabulary.networks.values()).map((network): Condition => ({ kind: 'network', network })),
    fc
      .array(range, { minLength: 1, maxLength: 3 })
      .map((ranges): Condition => ({ kind: 'network', network: { name: null, ranges } })),
    fc.constant<Condition>({ kind: 'covered' }),
    fc.constantFrom<Condition>({ kind: 'budgeted', by: 'budget' }, { kind: 'budgeted', by: 'approval' }),
    fc.constant<Condition>({ kind: 'delegated' }),
    entity('user').map((e): Condition => ({ kind: 'is', of: 'subject', entity: e.entity })),
    entity('document').map((e): Condition => ({ kind: 'is', of: 'resource', entity: e.entity })),
    called(vocabulary, zone),
  )
}

function resource(vocabulary: Vocabulary): fc.Arbitrary<ResourcePhrase> {
  const types = ['document', 'folder', 'payment', 'salary', 'policy', 'person', 'data', 'pull_request', 'article']
  const where = (type: string): fc.Arbitrary<Condition | null> => {
    const related = ofResource(type, vocabulary)
    const compared = attribute('resource', [type], vocabulary).chain(left => comparison(left, vocabulary))
    return fc.option(nested(related === null ? compared : fc.oneof(compared, related), 2), { freq: 2 })
  }
  const typed = fc
    .constantFrom(...types)
    .chain(type => where(type).map((w): ResourcePhrase => ({ kind: 'type', type, where: w })))
  const named = fc
    .constantFrom('document', 'payment', 'org')
    .chain(type => entity(type).map((e): ResourcePhrase => ({ kind: 'named', entity: e.entity })))
  const simple = fc.oneof({ weight: 5, arbitrary: typed }, { weight: 1, arbitrary: named })
  const except = fc.constantFrom(...types).chain(type =>
    fc.tuple(where(type), where(type)).map(
      ([w, but]): ResourcePhrase => ({
        kind: 'except',
        of: { kind: 'type', type, where: w },
        but: { kind: 'type', type, where: but },
      }),
    ),
  )
  const many = fc
    .tuple(fc.array(simple, { minLength: 2, maxLength: 3 }), fc.array(named, { minLength: 2, maxLength: 2 }))
    .map(
      ([of, but]): ResourcePhrase => ({
        kind: 'except',
        of: { kind: 'any-of', of },
        but: { kind: 'any-of', of: but },
      }),
    )
  const anything = typed.map((but): ResourcePhrase => ({ kind: 'except', of: { kind: 'anything' }, but }))
  const one = fc.oneof({ weight: 9, arbitrary: simple }, except, many, anything)
  return fc.oneof(
    { weight: 6, arbitrary: one },
    { weight: 1, arbitrary: fc.constant<ResourcePhrase>({ kind: 'anything' }) },
    {
      weight: 2,
      arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }).map((of): ResourcePhrase => ({ kind: 'any-of', of })),
    },
  )
}

const typesOf = (phrase: ResourcePhrase): readonly string[] => {
  if (phrase.kind === 'type') return [phrase.type]
  if (phrase.kind === 'named') return [phrase.entity.type]
  if (phrase.kind === 'except') return typesOf(phrase.of)
  return phrase.kind === 'any-of' ? [...new Set(phrase.of.flatMap(typesOf))] : []
}

function subject(resources: readonly string[], vocabulary: Vocabulary): fc.Arbitrary<SubjectPhrase> {
  const where = (type: string): fc.Arbitrary<Condition | null> => {
    const compared = attribute('subject', [type], vocabulary).chain(left => comparison(left, vocabulary))
    const member = places.map(
      ({ on, relation }): Condition => ({ kind: 'related', object: on, relation, user: subjectTerm }),
    )
    return fc.option(nested(fc.oneof(compared, member), 2), { freq: 2 })
  }
  const typed = fc
    .constantFrom('user', 'agent', 'service')
    .chain(type => where(type).map((w): SubjectPhrase => ({ kind: 'type', type, where: w })))
  const named = fc
    .constantFrom('user', 'agent')
    .chain(type => entity(type).map((e): SubjectPhrase => ({ kind: 'named', entity: e.entity })))
  const onResource = resources.every(type => type === 'document') && resources.length > 0
  const roles = onResource
    ? fc.oneof(places, fc.constant({ on: { kind: 'resource' as const }, relation: 'editor' }))
    : places
  const role = roles.map(({ on, relation }): SubjectPhrase => ({ kind: 'role', relation, on }))
  const groups = fc
    .constantFrom(...vocabulary.groups)
    .map(([name, { type, where: w }]): SubjectPhrase => ({ kind: 'group', name, type, where: w }))
  const simple = fc.oneof(typed, named, role, groups)
  const list = fc.array(simple, { minLength: 2, maxLength: 2 }).map((of): SubjectPhrase => ({ kind: 'any-of', of }))
  const part = fc.oneof({ weight: 3, arbitrary: simple }, list)
  const everyone = fc.constant<SubjectPhrase>({ kind: 'anyone' })
  const except = fc
    .tuple(fc.oneof(part, everyone), part)
    .map(([of, but]): SubjectPhrase => ({ kind: 'except', of, but }))
  const acting = fc
    .tuple(part, fc.oneof(part, everyone, except))
    .map(([actor, whom]): SubjectPhrase => ({ kind: 'acting', actor, for: whom }))
  const one = fc.oneof({ weight: 8, arbitrary: simple }, except, acting)
  return fc.oneof(
    { weight: 5, arbitrary: one },
    { weight: 1, arbitrary: fc.constant<SubjectPhrase>({ kind: 'anyone' }) },
    {
      weight: 2,
      arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }).map((of): SubjectPhrase => ({ kind: 'any-of', of })),
    },
  )
}

const ACTIONS = [
  'view',
  'edit',
  'delete',
  'release',
  'read_policies',
  'search-web',
  's3.get',
  'canRead',
  'can',
  'comment',
  'order',
  'a b',
  'from',
  'obtain',
]

function condition(resources: readonly string[], vocabulary: Vocabulary): fc.Arbitrary<Condition> {
  const about = attribute('resource', resources, vocabulary).chain(left => comparison(left, vocabulary))
  const call = attribute('context', [], vocabulary).chain(left => comparison(left, vocabulary))
  const member = fc
    .tuple(places, holder)
    .map(([{ on, relation }, user]): Condition => ({ kind: 'related', object: on, relation, user }))
  return nested(
    fc.oneof(
      { weight: 3, arbitrary: dynamic(vocabulary) },
      { weight: 1, arbitrary: about },
      { weight: 1, arbitrary: call },
      { weight: 1, arbitrary: member },
    ),
    2,
  )
}

const person = fc.oneof(entity('user'), entity('agent')).map((on): Approver => ({ relation: null, on }))
const ownerOf: Term = { kind: 'holder', type: 'user', relation: 'owner', on: { kind: 'resource' } }
const approver = (resources: readonly string[]): fc.Arbitrary<Approver> =>
  resources.length > 0 && resources.every(type => type === 'document')
    ? fc.oneof(
        places,
        person,
        fc.constant<Approver>({ on: { kind: 'resource' }, relation: 'owner' }),
        fc.constant<Approver>({ on: ownerOf, relation: 'manager' }),
      )
    : fc.oneof(places, person)

/** Rules whose words all belong to the vocabulary of the tests, and which fit into one sentence. */
export function rules(vocabulary: Vocabulary): fc.Arbitrary<Rule> {
  const effect = fc.constantFrom<Rule['effect']>('permit', 'permit', 'forbid', 'only', 'approval')
  return fc
    .tuple(effect, resource(vocabulary))
    .chain(([e, r]) => {
      const types = typesOf(r)
      const actions = fc.option(fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 3 }), {
        freq: 4,
      })
      return fc.tuple(
        fc.constant(e),
        fc.constant(r),
        subject(types, vocabulary),
        actions,
        fc.option(condition(types, vocabulary), { freq: 2 }),
        approver(types),
      )
    })
    .map(
      ([e, r, s, actions, c, a]): Rule => ({
        kind: 'rule',
        effect: e,
        subject: s,
        actions,
        resource: r,
        condition: c,
        approver: e === 'approval' ? a : null,
      }),
    )
    .filter(rule => rule.effect !== 'only' || rule.subject.kind !== 'anyone')
}

export const isLeafCondition = leaf
