import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareValue } from '../../src/engine/compare.ts'
import { parseDecimal } from '../../src/lib/decimal.ts'
import type { CompareOp } from '../../src/policy/ast.ts'
import type { Json } from '../../src/policy/json.ts'
import type { Truth } from '../../src/policy/question.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'

const num = (value: string): Literal => {
  const number = parseDecimal(value)
  if (number === null) throw new Error(value)
  return { kind: 'number', number }
}
const money = (value: string, currency: string): Literal => {
  const amount = parseDecimal(value)
  if (amount === null) throw new Error(value)
  return { kind: 'money', amount, currency }
}
const text = (value: string): Literal => ({ kind: 'text', text: value })
const yes: Literal = { kind: 'flag', flag: true }
const date = (value: string): Literal => ({ kind: 'date', date: value })

const NUMBER: AttributeType = { kind: 'number' }
const USD: AttributeType = { kind: 'money', currency: 'USD' }
const DATE: AttributeType = { kind: 'date' }
const LIST: AttributeType = { kind: 'list' }
const CHOICE: AttributeType = { kind: 'choice', of: ['draft', 'approved'] }

const CASES: readonly (readonly [Json, AttributeType | null, CompareOp, Literal, Truth])[] = [
  [0.1, NUMBER, 'eq', num('0.1'), 'yes'],
  ['0.30000000000000000001', NUMBER, 'gt', num('0.3'), 'yes'],
  ['9007199254740993', NUMBER, 'gt', num('9007199254740992'), 'yes'],
  [1e21, NUMBER, 'eq', num('1e21'), 'yes'],
  ['5.00', NUMBER, 'eq', num('5'), 'yes'],
  ['five', NUMBER, 'eq', num('5'), 'unknown'],
  [true, NUMBER, 'eq', num('1'), 'unknown'],
  [null, NUMBER, 'ne', num('1'), 'unknown'],
  [[5], NUMBER, 'eq', num('5'), 'unknown'],
  ['5', null, 'eq', num('5'), 'yes'],
  ['5', null, 'eq', text('5'), 'yes'],
  [5, null, 'eq', text('5'), 'unknown'],
  [5, null, 'lt', num('5.5'), 'yes'],
  [10000, USD, 'gt', money('10000', 'USD'), 'no'],
  ['10000.01', USD, 'gt', money('10000', 'USD'), 'yes'],
  [{ amount: 12000, currency: 'USD' }, USD, 'gt', money('10000', 'USD'), 'yes'],
  [{ amount: '12000', currency: 'EUR' }, USD, 'gt', money('10000', 'USD'), 'unknown'],
  [{ amount: 12000 }, USD, 'gt', money('10000', 'USD'), 'unknown'],
  [{ currency: 'USD' }, USD, 'gt', money('10000', 'USD'), 'unknown'],
  [{ amount: 12000, currency: 'EUR' }, null, 'gt', money('10000', 'EUR'), 'yes'],
  [12000, null, 'gt', money('10000', 'USD'), 'unknown'],
  [12000, USD, 'gt', num('10000'), 'unknown'],
  [12000, NUMBER, 'gt', money('10000', 'USD'), 'unknown'],
  ['draft', CHOICE, 'eq', text('draft'), 'yes'],
  ['Draft', CHOICE, 'eq', text('draft'), 'no'],
  ['draft', CHOICE, 'lt', text('zzz'), 'unknown'],
  [true, { kind: 'flag' }, 'eq', yes, 'yes'],
  ['true', { kind: 'flag' }, 'eq', yes, 'unknown'],
  ['2026-05-04', DATE, 'eq', date('2026-05-04'), 'yes'],
  ['2026-05-03T22:00:00Z', DATE, 'eq', date('2026-05-04'), 'yes'],
  ['2026-05-03T21:59:59.999Z', DATE, 'lt', date('2026-05-04'), 'yes'],
  ['2026-05-04T00:30:00+05:45', DATE, 'eq', date('2026-05-03'), 'yes'],
  ['2026-02-30', DATE, 'lt', date('2026-05-04'), 'unknown'],
  ['2026-02-30T10:00:00Z', DATE, 'lt', date('2026-05-04'), 'unknown'],
  ['2026-05-04T25:00:00Z', DATE, 'eq', date('2026-05-04'), 'unknown'],
  ['2026-05-04T10:00:00', DATE, 'eq', date('2026-05-04'), 'unknown'],
  [1746316800, DATE, 'eq', date('2026-05-04'), 'unknown'],
  [['a', 'b'], LIST, 'contains', text('b'), 'yes'],
  [['a', 5], LIST, 'contains', text('b'), 'unknown'],
  [['a', 5], LIST, 'contains', text('a'), 'yes'],
  [[], LIST, 'contains', text('a'), 'no'],
  ['ab', LIST, 'contains', text('a'), 'no'],
  ['ab', LIST, 'contains', text('ab'), 'yes'],
  ['ab', null, 'contains', text('a'), 'unknown'],
  [['a'], LIST, 'eq', text('a'), 'unknown'],
  [[5, '7'], null, 'contains', num('7'), 'yes'],
]

test('a value compares exactly, or not at all', () => {
  for (const [value, type, op, literal, truth] of CASES) {
    const said = JSON.stringify([value, type, op, literal], (_, v) => (typeof v === 'bigint' ? String(v) : v))
    assert.equal(compareValue(value, type, op, { kind: 'literal', literal }, 'Europe/Berlin'), truth, said)
  }
})

const PAIRS: readonly (readonly [Json, AttributeType | null, CompareOp, Json, AttributeType | null, Truth])[] = [
  ['a', null, 'eq', 'a', null, 'yes'],
  [5, null, 'eq', '5', null, 'unknown'],
  [5, null, 'lt', 6, null, 'yes'],
  [5, NUMBER, 'eq', '5', null, 'yes'],
  ['5', null, 'eq', 5, NUMBER, 'yes'],
  [5, USD, 'lt', 6, { kind: 'money', currency: 'EUR' }, 'unknown'],
  [5, USD, 'lt', { amount: 6, currency: 'USD' }, null, 'yes'],
  [{}, null, 'eq', {}, null, 'unknown'],
  [null, null, 'eq', null, null, 'unknown'],
  [['x'], null, 'contains', 'x', null, 'yes'],
  [['x'], null, 'eq', ['x'], null, 'unknown'],
]

test('two attributes compare by their types, or as they come', () => {
  for (const [value, type, op, other, otherType, truth] of PAIRS) {
    const said = JSON.stringify([value, type, op, other, otherType])
    assert.equal(compareValue(value, type, op, { kind: 'value', value: other, type: otherType }, 'UTC'), truth, said)
  }
})
