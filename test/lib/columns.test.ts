import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSeats, maySit, NONE, type Seats, seat, unseat } from '../../src/lib/columns.ts'

/** Hashes that share low bits, high bits, both, or none. */
const HASHES = [0, 1, 63, 64, 65, 127, 128, -1, -64, 0x7fffffff, -0x80000000, 0x40000001, 0x0badcafe]

/** The number that stands for a hash and is the wanted one. */
function find({ taken }: Seats, hash: number, wanted: number): number {
  const mask = taken.length - 1
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (maySit(one, hash, mask) && (one & mask) - 1 === wanted) return wanted
  }
}

const step = fc.record({ number: fc.integer({ min: 0, max: 400 }), leaves: fc.boolean() })

test('a number is found from when it takes its seat until it leaves it, however large it is', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 600 }),
      fc.array(fc.constantFrom(...HASHES), { minLength: 1 }),
      (steps, some) => {
        const seats = createSeats()
        const sitting = new Set<number>()
        const hashOf = (number: number): number =>
          (some[number % some.length] as number) ^ Math.imul(number % 7, 0x9e3779b1)
        for (const { number, leaves } of steps) {
          if (sitting.has(number) !== leaves) continue
          if (leaves) {
            unseat(seats, number, hashOf)
            sitting.delete(number)
          } else {
            seat(seats, number, hashOf)
            sitting.add(number)
          }
          assert.equal(seats.size, sitting.size)
          assert.equal(find(seats, hashOf(number), number), leaves ? NONE : number)
        }
        for (let number = 0; number <= 400; number += 1) {
          assert.equal(find(seats, hashOf(number), number), sitting.has(number) ? number : NONE)
        }
      },
    ),
    { numRuns: 400, seed: 5 },
  )
})
