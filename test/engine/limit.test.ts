import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../src/engine/decide.ts'
import { explain } from '../../src/engine/explain.ts'
import { periodAt } from '../../src/engine/period.ts'
import { renderTrace } from '../../src/engine/render.ts'
import type { Condition, DurationUnit, Limit, Rule } from '../../src/policy/ast.ts'
import type { Standing } from '../../src/policy/charge.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Json, JsonObject } from '../../src/policy/json.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'
import {
  anyone,
  attribute,
  brief,
  decimal,
  each,
  either,
  facts,
  policies,
  request,
  rule,
  usd,
  weekdays,
} from './build.ts'

const anything = { kind: 'anything' } as const
const limit = (amount: Literal, more: Partial<Limit> = {}): Condition => ({
  kind: 'limit',
  limit: { amount, of: null, per: { count: 1, unit: 'hour' }, window: 'calendar', ...more },
})
const times = (n: number): Literal => ({ kind: 'number', number: decimal(n) })
const not = (of: Condition): Condition => ({ kind: 'not', of })
const USD: AttributeType = { kind: 'money', currency: 'USD' }

function verdictOf(rules: readonly Rule[], standing: Standing | undefined, context: JsonObject = {}): Verdict {
  const asked = request('user:alice read document:1', { context })
  const found = decide(policies(...rules), asked, { ...facts({}), stands: () => standing })
  if ('kind' in found) throw new Error('needs facts')
  return found
}

const charges = ({ charges = [] }: Verdict): string =>
  charges.map(({ counter, amount, cap }) => `${amount}/${cap} of ${counter}`).join(', ')

test('a limit holds while what is used leaves room, and is told where it does not', () => {
  const permit = [rule('permit', anyone, 'read', anything, limit(times(5)))]
  const again = 'it begins anew at 10am on 2026-05-04 in Europe/Berlin'
  const cases: readonly (readonly [Standing | undefined, string])[] = [
    [{ used: 0, reserved: 0 }, 'allow | r1 permit for user:alice'],
    [{ used: 4, reserved: 0 }, 'allow | r1 permit for user:alice'],
    [{ used: 5, reserved: 0 }, `deny | alice has used up 5 uses per hour: 5 of 5 used; ${again}`],
    [{ used: 3, reserved: 2 }, `deny | alice has used up 5 uses per hour: 3 of 5 used and 2 reserved; ${again}`],
    [undefined, 'deny | whether alice stays within 5 uses per hour is not known: what is used of it is not known?'],
  ]
  for (const [standing, told] of cases) assert.equal(brief(verdictOf(permit, standing)), told)
  const allowed = verdictOf(permit, { used: 4, reserved: 0 })
  assert.equal(charges(allowed), '1/5 of limit r1 uses user:alice')
  assert.equal(allowed.validUntil, Date.UTC(2026, 4, 4, 8))
  const denied = verdictOf(permit, { used: 5, reserved: 0 })
  assert.deepEqual(
    denied.over?.map(o => [o.counter, o.used, o.cap]),
    [['limit r1 uses user:alice', 5, 5]],
  )
  assert.equal(verdictOf(permit, undefined).over, undefined)
})

test('without a ledger nothing is known: a permit grants nothing and a forbid denies', () => {
  const asked = request('user:alice read document:1')
  const within = limit(times(5))
  for (const rules of [
    [rule('permit', anyone, 'read', anything, within)],
    [rule('permit', anyone, 'read', anything), rule('forbid', anyone, 'read', anything, not(within))],
  ]) {
    const found = decide(policies(...rules), asked, facts({}))
    assert.ok('effect' in found && found.effect === 'deny')
  }
})

test('a sum counts exactly in the smallest units of its kind, or not at all', () => {
  const cost = attribute('context.cost', USD)
  const monthly = [
    rule('permit', anyone, 'read', anything, limit(usd(50), { of: cost, per: { count: 1, unit: 'month' } })),
  ]
  const cases: readonly (readonly [Json | undefined, string])[] = [
    [1, 'allow 1000000/50000000 of limit r1 context.cost user:alice'],
    ['0.000001', 'allow 1/50000000 of limit r1 context.cost user:alice'],
    [{ amount: '2.5', currency: 'USD' }, 'allow 2500000/50000000 of limit r1 context.cost user:alice'],
    [0, 'allow '],
    ['0.0000001', 'deny `cost` cannot be counted exactly'],
    [{ amount: 1, currency: 'EUR' }, 'deny `cost` cannot be counted exactly'],
    [-1, 'deny `cost` cannot be counted exactly'],
    [1e15, 'deny `cost` cannot be counted exactly'],
    ['much', 'deny `cost` cannot be counted exactly'],
    [undefined, 'deny `cost` is not given'],
    [50, 'allow 50000000/50000000 of limit r1 context.cost user:alice'],
    [50.000001, 'deny alice would go beyond $50 of `cost` per month: $0 of $50 used, and this takes $50.000001'],
  ]
  for (const [value, told] of cases) {
    const verdict = verdictOf(monthly, { used: 0, reserved: 0 }, value === undefined ? {} : { cost: value })
    const said = verdict.missing.map(
      m =>
        m.text
          .split(': ')
          .slice(m.truth === 'unknown' ? 1 : 0)
          .join(': ')
          .split(';')[0],
    )
    assert.equal(`${verdict.effect} ${verdict.effect === 'allow' ? charges(verdict) : said.join()}`, told)
  }
})

test('an allow takes what it needs of limits, and nothing where it needs none', () => {
  const [ten, five] = [limit(times(10)), limit(times(5), { per: { count: 1, unit: 'day' } })]
  const cases: readonly (readonly [readonly Rule[], string])[] = [
    [[rule('permit', anyone, 'read', anything, ten), rule('permit', anyone, 'read', anything)], ''],
    [[rule('permit', anyone, 'read', anything, ten), rule('permit', anyone, 'read', anything, weekdays)], ''],
    [[rule('permit', anyone, 'read', anything, either(ten, weekdays))], ''],
    [
      [rule('permit', anyone, 'read', anything), rule('forbid', anyone, 'read', anything, not(ten))],
      '1/10 of limit r2 uses user:alice',
    ],
    [
      [
        rule('permit', anyone, 'read', anything),
        rule('forbid', anyone, 'read', anything, { kind: 'all', of: [not(weekdays), not(ten)] }),
      ],
      '',
    ],
    [
      [rule('permit', anyone, 'read', anything, { kind: 'all', of: [ten, five] })],
      '1/10 of limit r1 uses user:alice, 1/5 of limit r1 uses user:alice',
    ],
    [[rule('only', anyone, 'read', anything, ten)], '1/10 of limit r1 uses user:alice'],
    [
      [rule('permit', each('user'), 'read', anything), rule('approval', anyone, 'read', anything, not(ten))],
      '1/10 of limit r2 uses user:alice',
    ],
  ]
  for (const [rules, taken] of cases) {
    const verdict = verdictOf(rules, { used: 0, reserved: 0 })
    assert.equal(verdict.effect, 'allow', brief(verdict))
    assert.equal(charges(verdict), taken)
  }
})

test('every link of a chain takes from its own meter', () => {
  const set = policies(rule('permit', anyone, 'read', anything, limit(times(5))))
  const asked = request('user:alice read document:1', {
    actors: [
      { type: 'agent', id: 'a' },
      { type: 'agent', id: 'b' },
    ],
  })
  const used = (spent: string) => ({
    ...facts({}),
    stands: ({ counter }: { counter: string }) => ({ used: counter.endsWith(spent) ? 5 : 0, reserved: 0 }),
  })
  const found = decide(set, asked, used('nobody'))
  assert.ok('effect' in found)
  assert.deepEqual(
    found.charges?.map(c => c.counter),
    ['user:alice', 'agent:a', 'agent:b'].map(who => `limit r1 uses ${who}`),
  )
  const denied = decide(set, asked, used('agent:b'))
  assert.ok('effect' in denied && denied.effect === 'deny')
  assert.deepEqual(
    denied.over?.map(o => o.counter),
    ['limit r1 uses agent:b'],
  )
})

test('only where nothing else stands in the way, limits are named as what does', () => {
  const full = { used: 5, reserved: 0 }
  const within = limit(times(5))
  const bar = rule('forbid', anyone, 'read', anything, weekdays)
  const over = (...rules: Rule[]): number => verdictOf(rules, full).over?.length ?? 0
  assert.equal(over(rule('permit', anyone, 'read', anything, within)), 1)
  assert.equal(over(rule('permit', anyone, 'read', anything, within), bar), 0)
  assert.equal(over(rule('permit', anyone, 'read', anything), rule('forbid', anyone, 'read', anything, not(within))), 1)
  assert.equal(over(rule('forbid', anyone, 'read', anything, not(within))), 0)
  assert.equal(over(rule('permit', anyone, 'read', anything, { kind: 'all', of: [within, not(weekdays)] })), 0)
})

test('a trace shows the meter', () => {
  const set = policies(rule('permit', anyone, 'read', anything, limit(times(5))))
  const trace = explain(set, request('user:alice read document:1'), {
    ...facts({}),
    stands: () => ({ used: 3, reserved: 1 }),
  })
  assert.match(
    renderTrace(trace),
    /meter `limit r1 uses user:alice` until 2026-05-04T08:00:00.000Z: 3 used, 1 reserved, 1 more, cap 5/,
  )
})

/** A zone's clock, a unit, and the period it lies in. */
const PERIODS: readonly (readonly [string, number, DurationUnit, string, string, string])[] = [
  ['2026-05-04T07:30:00Z', 1, 'hour', 'Europe/Berlin', '2026-05-04T07:00:00Z', '2026-05-04T08:00:00Z'],
  ['2026-05-04T07:30:00Z', 1, 'day', 'Europe/Berlin', '2026-05-03T22:00:00Z', '2026-05-04T22:00:00Z'],
  ['2026-05-10T21:59:59Z', 1, 'week', 'Europe/Berlin', '2026-05-03T22:00:00Z', '2026-05-10T22:00:00Z'],
  ['2026-03-31T23:30:00Z', 1, 'month', 'Europe/Berlin', '2026-03-31T22:00:00Z', '2026-04-30T22:00:00Z'],
  ['2026-05-04T07:30:00Z', 1, 'year', 'Europe/Berlin', '2025-12-31T23:00:00Z', '2026-12-31T23:00:00Z'],
  ['2026-05-04T07:30:00Z', 3, 'month', 'UTC', '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
  ['2026-03-29T05:00:00Z', 1, 'day', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
  ['2026-10-25T05:00:00Z', 1, 'day', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
  ['2026-10-25T00:30:00Z', 1, 'hour', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
  ['2026-10-25T01:30:00Z', 1, 'hour', 'Europe/Berlin', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
  // Lord Howe sets its clocks back by half an hour, at two: from then on it is half past one again.
  ['2026-04-04T14:50:00Z', 1, 'hour', 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', '2026-04-04T15:00:00Z'],
  ['2026-04-04T15:10:00Z', 1, 'hour', 'Australia/Lord_Howe', '2026-04-04T15:00:00Z', '2026-04-04T15:30:00Z'],
  // Where midnight is skipped, the day begins when clocks are set.
  ['2018-11-04T12:00:00Z', 1, 'day', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
]

test('a period is the one the clocks of the zone show', () => {
  for (const [at, count, unit, zone, from, until] of PERIODS) {
    const found = periodAt(Date.parse(at), { count, unit }, zone)
    const shown = [found?.from, found?.until].map(t => new Date(t ?? Number.NaN).toISOString().replace('.000', ''))
    assert.deepEqual(shown, [from, until], `${at} ${count} ${unit} ${zone}`)
  }
})

test('periods leave nothing out and never overlap', () => {
  for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Asia/Beirut']) {
    for (const unit of ['hour', 'day', 'week', 'month'] as const) {
      for (const start of [Date.UTC(2018, 9, 1), Date.UTC(2026, 2, 20), Date.UTC(2026, 9, 20)]) {
        let at = start
        for (let i = 0; i < 60; i++) {
          const period = periodAt(at, { count: 1, unit }, zone)
          assert.ok(period !== null && period.from <= at && at < period.until, `${zone} ${unit} ${at}`)
          for (const inside of [period.from, period.until - 1]) {
            assert.deepEqual(periodAt(inside, { count: 1, unit }, zone), period, `${zone} ${unit} ${inside}`)
          }
          at = period.until
        }
      }
    }
  }
})
