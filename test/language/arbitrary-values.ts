import fc from 'fast-check'
import { parseDecimal } from '../../src/lib/decimal.ts'
import type {
  AttributeDefinition,
  AttributeRef,
  Condition,
  Definition,
  Duration,
  Region,
} from '../../src/policy/ast.ts'
import { COMMON_REGIONS, COUNTRIES } from '../../src/policy/countries.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'
import type { Vocabulary } from '../../src/policy/vocabulary.ts'

/** Times, places, quantities and limits, of every form that can be written. */

/** What a vocabulary must define besides for all of them to be possible. */
export const VALUES = `
A document has a created_at as a time, a review_date as a date, a country as a country, a size in MB and a score in percent.
A payment has a created_at as a time, an origin as a country and a fee in EUR.
A user has a joined_at as a date, a country as a country and a badge in kg.
A request has a channel of web, mobile or api, a risk as a number, a cost in USD and a traffic in bytes.
The home region is Germany, Austria and Switzerland.
Public holidays are 25 December, 1 January and 2026-04-03.
The launch day is 2026-05-04.
`

const whole = fc.integer({ min: 1, max: 10_000 })
export const duration: fc.Arbitrary<Duration> = fc
  .tuple(whole, fc.constantFrom(...(['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const)))
  .map(([count, unit]) => ({ count, unit }))
const positive = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 3 }))
  .map(([units, scale]) => parseDecimal(`${units}e-${scale}`))
  .filter(value => value !== null)

const UNITS: Readonly<Record<string, readonly string[]>> = {
  MB: ['byte', 'kB', 'MB', 'GiB'],
  byte: ['byte', 'MB'],
  kg: ['kg'],
  percent: ['percent'],
}

export const quantity = (unit: string): fc.Arbitrary<Literal> =>
  fc
    .tuple(positive, fc.constantFrom(...(UNITS[unit] ?? [unit])))
    .map(([number, counted]) => ({ kind: 'quantity', number, unit: counted }))

const region = (vocabulary: Vocabulary): fc.Arbitrary<Region> =>
  fc.oneof(
    fc
      .uniqueArray(fc.constantFrom(...COUNTRIES), { minLength: 1, maxLength: 4 })
      .map(countries => ({ name: null, countries: countries.toSorted() })),
    fc.constantFrom(...COMMON_REGIONS),
    ...(vocabulary.regions.size === 0 ? [] : [fc.constantFrom(...vocabulary.regions.values())]),
  )

export const placeOf = (of: AttributeRef, vocabulary: Vocabulary): fc.Arbitrary<Condition> =>
  region(vocabulary).map(r => ({ kind: 'place', of, region: r }))

export const elapsedOf = (instant: AttributeRef, zones: fc.Arbitrary<string | null>): fc.Arbitrary<Condition> =>
  fc
    .tuple(
      fc.constantFrom('since' as const, 'until' as const),
      fc.constantFrom('lt' as const, 'le' as const, 'gt' as const, 'ge' as const),
      duration,
      zones,
    )
    .map(([direction, op, length, zone]) => ({ kind: 'elapsed', direction, instant, op, duration: length, zone }))

const ofCall = (name: string, type: AttributeType): AttributeRef => ({ kind: 'attribute', of: 'context', name, type })

function limits(vocabulary: Vocabulary): fc.Arbitrary<Condition> {
  const uses = whole.map((n): [Literal, AttributeRef | null] => [
    { kind: 'number', number: { units: BigInt(n), scale: 0 } },
    null,
  ])
  const spent = (vocabulary.attributes.get('request') ?? []).flatMap(({ name, type }) => {
    const of = ofCall(name, type)
    if (type.kind === 'money')
      return [
        positive.map((amount): [Literal, AttributeRef] => [{ kind: 'money', amount, currency: type.currency }, of]),
      ]
    return type.kind === 'quantity' ? [quantity(type.unit).map((amount): [Literal, AttributeRef] => [amount, of])] : []
  })
  const calendar = duration.map(({ unit }) => ({ per: { count: 1, unit }, window: 'calendar' as const }))
  const sliding = duration.map(per => ({ per, window: 'sliding' as const }))
  return fc
    .tuple(fc.oneof(uses, ...spent), fc.oneof(calendar, sliding))
    .map(([[amount, of], per]) => ({ kind: 'limit', limit: { amount, of, ...per } }))
}

/** Clauses that speak of the call. */
export function called(vocabulary: Vocabulary, zones: fc.Arbitrary<string | null>): fc.Arbitrary<Condition> {
  const calendars = [...vocabulary.calendars.values()]
  const named =
    calendars.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...calendars), zones)
            .map(([calendar, zone]): Condition => ({ kind: 'calendar', calendar, zone })),
        ]
  const holds = fc.constantFrom('amr', 'device').chain(name =>
    fc.constantFrom('passkey', 'managed', 'otp').map(
      (text): Condition => ({
        kind: 'compare',
        left: ofCall(name, { kind: 'list' }),
        op: 'contains',
        right: { kind: 'text', text },
      }),
    ),
  )
  return fc.oneof(
    placeOf(ofCall('country', { kind: 'country' }), vocabulary),
    elapsedOf(ofCall('auth_time', { kind: 'instant' }), zones),
    holds,
    limits(vocabulary),
    ...named,
  )
}

const name = fc.constantFrom('size', 'origin', 'last_seen', 'note', 'tags', 'rank', 'from', 'Case', 'a b', 'due_on')
const type: fc.Arbitrary<AttributeType> = fc.oneof(
  fc
    .constantFrom('text', 'flag', 'number', 'date', 'instant', 'country', 'list')
    .map(kind => ({ kind }) as AttributeType),
  fc.constantFrom('USD', 'EUR', 'CHF').map((currency): AttributeType => ({ kind: 'money', currency })),
  fc
    .constantFrom('byte', 'MB', 'minute', 'kg', 'percent', 'hour', 'page', 'KiB', 'month')
    .map((unit): AttributeType => ({ kind: 'quantity', unit })),
  fc
    .uniqueArray(fc.constantFrom('low', 'high', 'Very High', 'on', 'x-ray'), { minLength: 1, maxLength: 4 })
    .map((of): AttributeType => ({ kind: 'choice', of })),
)

const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2039-12-31'), noInvalidDate: true })
  .chain(d => fc.constantFrom(d.toISOString().slice(0, 10), d.toISOString().slice(5, 10)))

const action = fc.constantFrom('read', 'edit', 'share', 'delete', 'canRead', 's3.get', 'order')
const people = fc.uniqueArray(fc.constantFrom('alice', 'bob', 'carol@acme.com', 'Q3 Plan', 'x"y'), {
  minLength: 2,
  maxLength: 4,
})

/** Definitions of attributes, regions, named days, verbs, roles and groups of people. */
export const definitions: fc.Arbitrary<Definition> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(null, 'document', 'pull_request', 'data'),
      fc.uniqueArray(action, { minLength: 1, maxLength: 4 }),
    )
    .map(([of, means]): Definition => ({ kind: 'verb', verb: 'manage', type: of, means })),
  fc.constantFrom<Definition>(
    { kind: 'role', relation: 'owner', type: 'document', also: 'editor' },
    { kind: 'role', relation: 'admin', type: null, also: 'editor' },
    { kind: 'role', relation: 'lead', type: 'team', also: 'member' },
    { kind: 'role', relation: 'editor', type: 'document', also: 'viewer' },
  ),
  fc.tuple(fc.constantFrom('auditor', 'night guard'), fc.constantFrom('user', 'agent'), people).map(
    ([group, of, ids]): Definition => ({
      kind: 'group',
      name: group,
      type: of,
      where: { kind: 'any', of: ids.map(id => ({ kind: 'is', of: 'subject', entity: { type: of, id } })) },
    }),
  ),
  fc
    .tuple(
      fc.constantFrom('record', 'request', 'article', 'gadget'),
      fc.uniqueArray(
        fc.tuple(name, type).map(([n, t]): AttributeDefinition => ({ name: n, type: t })),
        {
          minLength: 1,
          maxLength: 5,
          selector: d => d.name,
        },
      ),
    )
    .map(([of, attributes]): Definition => ({ kind: 'attributes', type: of, attributes })),
  fc
    .tuple(
      fc.constantFrom('home region', 'markets', 'far east'),
      fc.uniqueArray(fc.constantFrom(...COUNTRIES), { minLength: 1, maxLength: 6 }),
    )
    .map(([of, countries]): Definition => ({ kind: 'region', region: { name: of, countries: countries.toSorted() } })),
  fc
    .tuple(
      fc.constantFrom('bank holidays', 'audit week', 'closing day'),
      fc.uniqueArray(day, { minLength: 1, maxLength: 6 }),
    )
    .map(([of, days]): Definition => ({ kind: 'calendar', calendar: { name: of, days } })),
)
