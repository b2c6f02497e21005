import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDecimal } from '../../src/lib/decimal.ts'
import { compareQuantity, convertible, type Quantity, unitNamed } from '../../src/policy/units.ts'

const of = (text: string, unit: string): Quantity => {
  const number = parseDecimal(text)
  if (number === null) throw new Error(`\`${text}\` is not a number`)
  return { number, unit }
}

test('a unit goes by its short and long name, one or many', () => {
  const cases: Record<string, string | null> = {
    byte: 'byte',
    Bytes: 'byte',
    MB: 'MB',
    mb: 'MB',
    megabytes: 'MB',
    KB: 'kB',
    kilobyte: 'kB',
    GiB: 'GiB',
    minutes: 'minute',
    mins: 'minute',
    sec: 'second',
    weeks: 'week',
    months: 'month',
    years: 'year',
    Mb: null,
    kg: null,
    mbs: null,
    constructor: null,
  }
  for (const [word, unit] of Object.entries(cases)) assert.equal(unitNamed(word), unit, word)
})

test('quantities of one family compare exactly, of two families never', () => {
  const cases: [Quantity, Quantity, number | null][] = [
    [of('5', 'MB'), of('5000000', 'byte'), 0],
    [of('5', 'MiB'), of('5', 'MB'), 1],
    [of('1024', 'KiB'), of('1', 'MiB'), 0],
    [of('0.1', 'kB'), of('100', 'byte'), 0],
    [of('1', 'TB'), of('1000000000001', 'byte'), -1],
    [of('90', 'minute'), of('1.5', 'hour'), 0],
    [of('1', 'week'), of('7', 'day'), 0],
    [of('24', 'month'), of('2', 'year'), 0],
    [of('30', 'day'), of('1', 'month'), null],
    [of('1', 'byte'), of('1', 'second'), null],
    [of('2', 'kg'), of('10', 'kg'), -1],
    [of('2', 'kg'), of('2000', 'g'), null],
  ]
  for (const [a, b, order] of cases) {
    assert.equal(compareQuantity(a, b), order, `${a.unit} ${b.unit}`)
    assert.equal(convertible(a.unit, b.unit), order !== null)
  }
})
