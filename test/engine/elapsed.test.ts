import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition, Duration } from '../../src/policy/ast.ts'
import type { Json } from '../../src/policy/json.ts'
import type { AttributeType } from '../../src/policy/value.ts'
import { anyone, attribute, brief, decided, policies, request, rule } from './build.ts'

type Elapsed = Extract<Condition, { kind: 'elapsed' }>

/** `since lt 90 day`. */
function elapsed(text: string, type: AttributeType | null, zone: string | null = null): Elapsed {
  const [direction, op, count, unit] = text.split(' ')
  return {
    kind: 'elapsed',
    direction: direction as Elapsed['direction'],
    instant: attribute('subject.joined', type),
    op: op as Elapsed['op'],
    duration: { count: Number(count), unit: unit as Duration['unit'] },
    zone,
  }
}

const at = { kind: 'instant' } as const
const date = { kind: 'date' } as const
const NY = 'America/New_York'

/** Value, its type, the clause, its zone (null: Berlin), when asked, whether it holds, and until when that is sure. */
type Row = readonly [Json, AttributeType | null, string, string | null, string, 'yes' | 'no' | 'unknown', string | null]

const CASES: readonly Row[] = [
  ['2026-01-10T08:00:00Z', at, 'since lt 90 day', null, '2026-01-10T07:59:59.999Z', 'no', '2026-01-10T08:00:00.000Z'],
  ['2026-01-10T08:00:00Z', at, 'since lt 90 day', null, '2026-01-10T08:00:00Z', 'yes', '2026-04-10T07:00:00.000Z'],
  ['2026-01-10T08:00:00Z', at, 'since lt 90 day', 'UTC', '2026-01-10T08:00:00Z', 'yes', '2026-04-10T08:00:00.000Z'],
  ['2026-01-10T08:00:00Z', at, 'since lt 90 day', null, '2026-04-10T07:00:00Z', 'no', null],
  ['2026-01-10T08:00:00Z', at, 'since le 90 day', null, '2026-04-10T07:00:00Z', 'yes', '2026-04-10T07:00:00.001Z'],
  ['2026-01-10T08:00:00Z', at, 'since gt 90 day', null, '2026-04-10T07:00:00Z', 'no', '2026-04-10T07:00:00.001Z'],
  ['2026-01-10T08:00:00Z', at, 'since ge 90 day', null, '2026-04-10T07:00:00Z', 'yes', null],
  ['2026-01-10T08:00:00Z', at, 'since ge 90 day', null, '2025-01-10T07:00:00Z', 'no', '2026-04-10T07:00:00.000Z'],
  [
    '2026-03-28T02:30:00+01:00',
    at,
    'since ge 1 day',
    null,
    '2026-03-29T00:59:59.999Z',
    'no',
    '2026-03-29T01:00:00.000Z',
  ],
  ['2026-03-28T02:30:00+01:00', at, 'since ge 24 hour', null, '2026-03-29T01:00:00Z', 'no', '2026-03-29T01:30:00.000Z'],
  ['2026-10-24T02:30:00+02:00', at, 'since ge 1 day', null, '2026-10-25T00:29:59Z', 'no', '2026-10-25T00:30:00.000Z'],
  ['2026-10-24T12:00:00+02:00', at, 'since ge 1 day', null, '2026-10-25T10:00:00Z', 'no', '2026-10-25T11:00:00.000Z'],
  ['2026-10-24T12:00:00+02:00', at, 'since ge 24 hour', null, '2026-10-25T09:59:59Z', 'no', '2026-10-25T10:00:00.000Z'],
  ['2024-02-29T12:00:00Z', at, 'since ge 1 year', 'UTC', '2025-02-28T11:00:00Z', 'no', '2025-02-28T12:00:00.000Z'],
  ['2024-02-29T12:00:00Z', at, 'since ge 4 year', 'UTC', '2028-02-28T12:00:00Z', 'no', '2028-02-29T12:00:00.000Z'],
  ['2026-01-31T08:00:00Z', at, 'since ge 1 month', 'UTC', '2026-02-28T07:00:00Z', 'no', '2026-02-28T08:00:00.000Z'],
  ['2026-03-31T08:00:00Z', at, 'until le 1 month', 'UTC', '2026-02-28T07:59:59.999Z', 'no', '2026-02-28T08:00:00.000Z'],
  ['2026-03-31T08:00:00Z', at, 'until le 1 month', 'UTC', '2026-03-31T08:00:00Z', 'yes', '2026-03-31T08:00:00.001Z'],
  ['2026-03-31T08:00:00Z', at, 'until lt 2 week', 'UTC', '2026-03-17T08:00:00Z', 'no', '2026-03-17T08:00:00.001Z'],
  ['2026-03-31T08:00:00Z', at, 'until lt 2 week', 'UTC', '2026-04-01T08:00:00Z', 'no', null],
  ['2026-03-31T08:00:00Z', at, 'until gt 2 week', 'UTC', '2026-03-01T08:00:00Z', 'yes', '2026-03-17T08:00:00.000Z'],
  ['2026-03-31T08:00:00Z', at, 'until ge 90 minute', NY, '2026-03-31T06:30:00Z', 'yes', '2026-03-31T06:30:00.001Z'],
  [1767225600, at, 'since lt 15 minute', null, '2026-01-01T00:14:59.999Z', 'yes', '2026-01-01T00:15:00.000Z'],
  [1767225600.25, at, 'since ge 1 second', null, '2026-01-01T00:00:01.249Z', 'no', '2026-01-01T00:00:01.250Z'],
  ['2026-03-01', date, 'since ge 30 day', null, '2026-03-30T21:59:59Z', 'no', '2026-03-30T22:00:00.000Z'],
  ['2026-03-01', date, 'since ge 30 day', NY, '2026-03-31T03:59:59Z', 'no', '2026-03-31T04:00:00.000Z'],
  ['2026-03-01', null, 'since ge 30 day', null, '2026-03-30T22:00:00Z', 'yes', null],
  ['2026-03-01T23:30:00Z', date, 'since ge 30 day', null, '2026-03-30T22:00:00Z', 'no', '2026-03-31T22:00:00.000Z'],
  ['2026-01-01T00:00:00Z', null, 'since lt 9000 year', null, '2026-03-30T22:00:00Z', 'yes', null],
  ['2026-01-01T00:00:00Z', at, 'until lt 9000 year', null, '1026-03-30T22:00:00Z', 'yes', '2026-01-01T00:00:00.001Z'],
  ['2026-03-01', at, 'since ge 30 day', null, '2026-03-30T22:00:00Z', 'unknown', null],
  ['yesterday', at, 'since lt 30 day', null, '2026-03-30T22:00:00Z', 'unknown', null],
  [1767225600, null, 'since ge 1 day', null, '2026-03-30T22:00:00Z', 'unknown', null],
  [1e300, at, 'since ge 1 day', null, '2026-03-30T22:00:00Z', 'unknown', null],
  ['2026-03-01', { kind: 'text' }, 'since ge 1 day', null, '2026-03-30T22:00:00Z', 'unknown', null],
]

test('elapsed time holds, and until when: stored, or given', () => {
  for (const [value, type, clause, zone, when, truth, until] of CASES) {
    const name = `${JSON.stringify(value)} ${clause} ${zone} at ${when}`
    const condition = elapsed(clause, type, zone)
    const permit = policies(rule('permit', anyone, 'read', { kind: 'anything' }, condition))
    const forbid = policies(
      rule('permit', anyone, 'read', { kind: 'anything' }),
      rule('forbid', anyone, 'read', { kind: 'anything' }, condition),
    )
    const ask = request('user:alice read document:1', { at: Date.parse(when) })
    const given = { ...ask, subject: { ...ask.subject, properties: { joined: value } } }
    for (const [asked, told] of [
      [ask, { 'user:alice.joined': value }],
      [given, {}],
    ] as const) {
      const verdict = decided(permit, asked, told)
      assert.equal(verdict.effect, truth === 'yes' ? 'allow' : 'deny', name)
      const end = verdict.validUntil === null ? null : new Date(verdict.validUntil).toISOString()
      assert.equal(end, until, name)
      assert.equal(decided(forbid, asked, told).effect, truth === 'no' ? 'allow' : 'deny', `forbid ${name}`)
    }
  }
})

test('elapsed time is told in words', () => {
  const says = (clause: string, value: Json | undefined): string => {
    const set = policies(rule('permit', anyone, 'read', { kind: 'anything' }, elapsed(clause, at)))
    return brief(
      decided(set, request('user:alice read document:1'), value === undefined ? {} : { 'user:alice.joined': value }),
    )
  }
  assert.equal(
    says('since lt 1 day', '2026-01-01T00:00:00Z'),
    'deny | the `joined` of alice is 2026-01-01T00:00:00Z, not less than 1 day ago',
  )
  assert.equal(says('until ge 2 day', 'x'), 'deny | the `joined` of alice is x, which is not a time?')
  assert.equal(says('until ge 2 day', undefined), 'deny | alice has no `joined`?')
})

const holidays = (...days: string[]): Condition => ({
  kind: 'calendar',
  calendar: { name: 'company holidays', days },
  zone: null,
})

test('named days hold from midnight to midnight, some every year', () => {
  const cases: [Condition, string, boolean, string][] = [
    [holidays('2026-12-25', '01-01'), '2026-12-24T23:00:00Z', true, '2026-12-25T23:00:00.000Z'],
    [holidays('2026-12-25', '01-01'), '2026-12-24T22:59:59Z', false, '2026-12-24T23:00:00.000Z'],
    [holidays('2026-12-25', '01-01'), '2027-12-25T10:00:00Z', false, '2027-12-25T23:00:00.000Z'],
    [holidays('2026-12-25', '01-01'), '2031-01-01T10:00:00Z', true, '2031-01-01T23:00:00.000Z'],
    [holidays('02-29'), '2028-02-29T10:00:00Z', true, '2028-02-29T23:00:00.000Z'],
    [holidays('02-29'), '2027-03-01T10:00:00Z', false, '2027-03-01T23:00:00.000Z'],
  ]
  for (const [condition, when, holds, until] of cases) {
    const set = policies(rule('permit', anyone, 'read', { kind: 'anything' }, condition))
    const verdict = decided(set, request('user:alice read document:1', { at: Date.parse(when) }))
    assert.equal(verdict.effect, holds ? 'allow' : 'deny', when)
    assert.equal(new Date(verdict.validUntil ?? 0).toISOString(), until, when)
  }
  const set = policies(rule('permit', anyone, 'read', { kind: 'anything' }, holidays('12-25')))
  const told = brief(decided(set, request('user:alice read document:1')))
  assert.equal(told, 'deny | today is 2026-05-04, not one of the company holidays')
})

test('what is no day, no duration or no zone is refused', () => {
  const refused = (condition: Condition, code: string): void => {
    assert.throws(() => policies(rule('permit', anyone, 'read', { kind: 'anything' }, condition)), { code })
  }
  refused(holidays('02-30'), 'bad_date')
  refused(holidays('2026-02-29'), 'bad_date')
  refused(holidays('christmas'), 'bad_date')
  refused(elapsed('since lt 0 day', at), 'bad_duration')
  refused(elapsed('since lt 1.5 day', at), 'bad_duration')
  refused(elapsed('since lt 1 day', at, 'Berlin'), 'unknown_zone')
})
