import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BY_DEFAULT, restAfter, WITHIN_AN_HOUR, waitAfter } from '../../../src/pdp/delivery/schedule.ts'

const HOUR = 3_600_000

test('five attempts, within about an hour', () => {
  const waits = [1, 2, 3, 4, 5].map(attempts => waitAfter(BY_DEFAULT, attempts, 0))
  assert.deepEqual(waits, [...WITHIN_AN_HOUR, null])
  const all = WITHIN_AN_HOUR.reduce((sum, wait) => sum + wait, 0)
  assert.ok(all > HOUR * 0.9 && all <= HOUR)
})

test('for ever is the last wait, again and again', () => {
  const schedule = { ...BY_DEFAULT, forever: true, waits: [10, 20], jitter: 0 }
  assert.deepEqual(
    [1, 2, 3, 400].map(attempts => waitAfter(schedule, attempts, 0.5)),
    [10, 20, 20, 20],
  )
  assert.equal(waitAfter({ ...schedule, waits: [] }, 1, 0.5), null)
})

test('law: chance shortens a wait by its part at the most, and never lengthens it', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), share, share, (attempts, jitter, chance) => {
      const whole = WITHIN_AN_HOUR[attempts - 1] ?? 0
      const wait = waitAfter({ ...BY_DEFAULT, jitter }, attempts, chance)
      return wait !== null && wait <= whole && wait >= Math.floor(whole * (1 - jitter))
    }),
    { seed: 7 },
  )
})

test('rests grow, and no further than they may', () => {
  const rests = [0, 1, 2, 3, 4, 5, 8, 9, 10, 1_000].map(inARow => restAfter(BY_DEFAULT, inARow))
  assert.deepEqual(rests, [0, 0, 0, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000])
})
