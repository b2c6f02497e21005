import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  dayNumber,
  dayText,
  instantOf,
  isZone,
  localTime,
  offsetAt,
  offsetChange,
  ZoneError,
} from '../../src/lib/zone.ts'
import { clock } from '../oracle.ts'

const iso = (at: number): string => new Date(at).toISOString()

const LOCAL: readonly (readonly [string, string, number, number, string])[] = [
  ['2026-03-29T00:59:59.999Z', 'Europe/Berlin', 7, 119, '2026-03-29'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', 7, 180, '2026-03-29'],
  ['2026-10-25T00:59:00Z', 'Europe/Berlin', 7, 179, '2026-10-25'],
  ['2026-10-25T01:00:00Z', 'Europe/Berlin', 7, 120, '2026-10-25'],
  ['2026-05-03T22:00:00Z', 'Europe/Berlin', 1, 0, '2026-05-04'],
  ['2026-05-04T00:00:00Z', 'America/New_York', 7, 1200, '2026-05-03'],
  ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', 4, 345, '2026-01-01'],
  ['2026-04-04T15:00:00Z', 'Australia/Lord_Howe', 7, 90, '2026-04-05'],
  ['2024-02-29T12:00:00Z', 'UTC', 4, 720, '2024-02-29'],
  ['1969-12-31T23:59:59Z', 'UTC', 3, 1439, '1969-12-31'],
]

test('an instant has one wall clock in each zone', () => {
  for (const [at, zone, weekday, minutes, date] of LOCAL) {
    assert.deepEqual(localTime(Date.parse(at), zone), { weekday, minutes, date }, `${at} in ${zone}`)
  }
})

const INSTANTS: readonly (readonly [string, number, string, string])[] = [
  ['2026-05-04', 540, 'Europe/Berlin', '2026-05-04T07:00:00.000Z'],
  ['2026-03-29', 150, 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', 120, 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', 119, 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['2026-10-25', 150, 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25', 180, 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ['2026-10-04', 135, 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
  ['2011-12-30', 600, 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ['2026-05-04', 1440, 'UTC', '2026-05-05T00:00:00.000Z'],
]

test('a wall clock names the earlier of two instants, and the end of a gap', () => {
  for (const [date, minutes, zone, at] of INSTANTS) {
    assert.equal(iso(instantOf(date, minutes, zone)), at, `${date} ${minutes} in ${zone}`)
  }
})

test('a change of offset is found to the millisecond, and only where there is one', () => {
  const day = (date: string): number => instantOf(date, 0, 'Europe/Berlin')
  const spring = offsetChange(day('2026-03-29'), day('2026-03-30'), 'Europe/Berlin')
  assert.equal(spring === null ? null : iso(spring), '2026-03-29T01:00:00.000Z')
  assert.equal(offsetChange(day('2026-03-29'), day('2026-03-30'), 'Europe/Berlin'), spring)
  assert.equal(offsetChange(day('2026-05-04'), day('2026-05-05'), 'Europe/Berlin'), null)
})

test('an offset that changes within a quarter of an hour is right on both sides', () => {
  const change = Date.UTC(1972, 0, 7, 0, 44, 30)
  assert.equal(offsetAt(change - 1, 'Africa/Monrovia'), -2_670_000)
  assert.equal(offsetAt(change, 'Africa/Monrovia'), 0)
})

test('zones are names of the zone database', () => {
  for (const zone of ['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires']) assert.ok(isZone(zone), zone)
  for (const zone of ['Mars/Olympus', '+01:00', '', '../etc', 'Europe/Berlin ']) assert.ok(!isZone(zone), zone)
  assert.throws(() => localTime(0, 'Mars/Olympus'), ZoneError)
})

test('days are calendar days', () => {
  for (const date of ['2026-02-30', '2026-13-01', '2026-1-1', '0999-01-01', '2026-05-04 ', '']) {
    assert.equal(dayNumber(date), null, date)
  }
  assert.equal(dayNumber('1970-01-01'), 0)
  assert.throws(() => instantOf('2026-02-30', 0, 'UTC'), RangeError)
  fc.assert(fc.property(fc.integer({ min: -300_000, max: 2_900_000 }), day => dayNumber(dayText(day)) === day))
})

test('the wall clock is what the runtime formats', () => {
  const zones = [
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Tehran',
    'Africa/Casablanca',
  ]
  const at = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2037, 0, 1) })
  const same = fc.property(at, fc.constantFrom(...zones), (instant, zone) => {
    assert.deepEqual(localTime(instant, zone), clock(instant, zone))
  })
  fc.assert(same, { seed: 4, numRuns: 3000 })
})

test('an instant named by its own wall clock is that instant, or the earlier one of the same clock', () => {
  const at = fc.integer({ min: Date.UTC(1990, 0, 1) / 60_000, max: Date.UTC(2037, 0, 1) / 60_000 })
  const back = fc.property(
    at,
    fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York'),
    (minute, zone) => {
      const { date, minutes } = localTime(minute * 60_000, zone)
      const found = instantOf(date, minutes, zone)
      assert.ok(found <= minute * 60_000)
      assert.deepEqual(localTime(found, zone), localTime(minute * 60_000, zone))
    },
  )
  fc.assert(back, { seed: 5, numRuns: 3000 })
})
