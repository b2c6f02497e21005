import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition } from '../../src/policy/ast.ts'
import { anyone, decided, policies, request, rule } from './build.ts'

const days = (...of: (1 | 2 | 3 | 4 | 5 | 6 | 7)[]): Condition => ({ kind: 'weekday', days: of, zone: null })
const hours = (from: number, to: number, zone: string | null = null): Condition => ({
  kind: 'hours',
  from: from * 60,
  to: to * 60,
  zone,
})
const date = (op: 'before' | 'from' | 'on', on: string): Condition => ({ kind: 'date', op, date: on, zone: null })
const business: Condition = {
  kind: 'schedule',
  schedule: { name: 'business hours', days: [1, 2, 3, 4, 5], from: 540, to: 1020, zone: 'Europe/Berlin' },
}
const night: Condition = {
  kind: 'schedule',
  schedule: { name: 'night shift', days: [1], from: 1320, to: 360, zone: null },
}

/** Condition, instant, whether it holds, and until when that is sure. Clocks in Berlin: UTC+1, from 29 March to 25 October 2026 UTC+2. */
const CASES: readonly (readonly [string, Condition, string, boolean, string | null])[] = [
  ['weekday', days(1, 2, 3, 4, 5), '2026-05-04T07:00:00Z', true, '2026-05-04T22:00:00Z'],
  ['last instant of a day', days(7), '2026-05-03T21:59:59.999Z', true, '2026-05-03T22:00:00Z'],
  ['first instant of a day', days(7), '2026-05-03T22:00:00Z', false, '2026-05-04T22:00:00Z'],
  ['every day', days(1, 2, 3, 4, 5, 6, 7), '2026-05-04T07:00:00Z', true, null],
  ['no day', days(), '2026-05-04T07:00:00Z', false, '2026-05-04T22:00:00Z'],
  ['hours begin at from', hours(9, 17), '2026-05-04T07:00:00Z', true, '2026-05-04T15:00:00Z'],
  ['hours end before to', hours(9, 17), '2026-05-04T15:00:00Z', false, '2026-05-05T07:00:00Z'],
  ['before hours', hours(9, 17), '2026-05-04T06:59:59.999Z', false, '2026-05-04T07:00:00Z'],
  ['past midnight, late', hours(22, 6), '2026-05-04T20:00:00Z', true, '2026-05-05T04:00:00Z'],
  ['past midnight, early', hours(22, 6), '2026-05-04T03:59:00Z', true, '2026-05-04T04:00:00Z'],
  ['past midnight, day', hours(22, 6), '2026-05-04T04:00:00Z', false, '2026-05-04T20:00:00Z'],
  ['until midnight', hours(17, 24), '2026-05-04T21:59:00Z', true, '2026-05-04T22:00:00Z'],
  ['from and to alike are the whole day', hours(9, 9), '2026-05-04T03:00:00Z', true, null],
  ['another zone', hours(9, 17, 'America/New_York'), '2026-05-04T13:00:00Z', true, '2026-05-04T21:00:00Z'],
  ['a night shift counts the weekday of the instant', night, '2026-05-04T21:00:00Z', true, '2026-05-04T22:00:00Z'],
  ['its morning after is another day', night, '2026-05-05T01:00:00Z', false, '2026-05-05T04:00:00Z'],
  ['schedule', business, '2026-05-08T14:00:00Z', true, '2026-05-08T15:00:00Z'],
  ['schedule at a weekend', business, '2026-05-09T10:00:00Z', false, '2026-05-09T15:00:00Z'],
  ['hours that the clock skips', hours(2, 3), '2026-03-29T00:30:00Z', false, '2026-03-29T01:00:00Z'],
  ['hours that the clock repeats, first', hours(2, 3), '2026-10-25T00:30:00Z', true, '2026-10-25T01:00:00Z'],
  ['hours that the clock repeats, second', hours(2, 3), '2026-10-25T01:30:00Z', true, '2026-10-25T02:00:00Z'],
  ['hours across the change', hours(1, 5), '2026-03-29T00:30:00Z', true, '2026-03-29T01:00:00Z'],
  ['before a date', date('before', '2026-05-04'), '2026-05-03T21:59:59Z', true, '2026-05-03T22:00:00Z'],
  ['not before a date', date('before', '2026-05-04'), '2026-05-06T22:00:00Z', false, null],
  ['from a date', date('from', '2026-05-04'), '2026-05-03T22:00:00Z', true, null],
  ['long before a date', date('from', '2027-01-01'), '2026-05-03T22:00:00Z', false, '2026-12-31T23:00:00Z'],
  ['on a date', date('on', '2026-05-04'), '2026-05-04T10:00:00Z', true, '2026-05-04T22:00:00Z'],
  ['after a date', date('on', '2026-05-04'), '2026-05-06T22:00:00Z', false, null],
]

test('time clauses hold, and until when', () => {
  for (const [name, condition, instant, holds, until] of CASES) {
    const set = policies(rule('permit', anyone, 'read', { kind: 'anything' }, condition))
    const at = Date.parse(instant)
    const verdict = decided(set, request('user:alice read document:1', { at }))
    assert.equal(verdict.effect, holds ? 'allow' : 'deny', name)
    const end = verdict.validUntil === null ? null : new Date(verdict.validUntil).toISOString().replace('.000Z', 'Z')
    assert.equal(end, until, name)
  }
})

test('without a time, time is unknown', () => {
  const set = policies(
    rule('permit', anyone, 'read', { kind: 'anything' }),
    rule('forbid', anyone, 'read', { kind: 'anything' }, days(7)),
  )
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15]) {
    const verdict = decided(set, request('user:alice read document:1', { at }))
    assert.equal(verdict.effect, 'deny')
    assert.deepEqual(
      verdict.reasons.map(r => r.truth),
      ['unknown'],
    )
    assert.equal(verdict.validUntil, null)
  }
})

test('a deny for good has no end, whatever the clock', () => {
  const set = policies(
    rule('forbid', anyone, 'read', { kind: 'anything' }),
    rule('forbid', anyone, 'read', { kind: 'anything' }, days(1)),
  )
  const verdict = decided(set, request('user:alice read document:1'))
  assert.deepEqual([verdict.effect, verdict.reasons.length, verdict.validUntil], ['deny', 2, null])
})
