import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addName, createNames, findName } from '../../src/relations/names.ts'
import { addPair, createPairs, findPair, isHeld, NONE, removePair } from '../../src/relations/pairs.ts'

const half = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 2))
const step = fc.record({ a: half, b: half, leaves: fc.boolean() })

test('a pair has one number from when it is added until it is removed, and nobody else has it meanwhile', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 900 }), steps => {
      const pairs = createPairs()
      const numbers = new Map<string, number>()
      for (const { a, b, leaves } of steps) {
        const key = `${a},${b}`
        const known = numbers.get(key)
        assert.equal(findPair(pairs, a, b), known ?? NONE)
        if (!leaves) {
          const number = addPair(pairs, a, b)
          assert.ok(known === undefined ? ![...numbers.values()].includes(number) : known === number)
          numbers.set(key, number)
        } else if (known !== undefined) {
          removePair(pairs, known)
          numbers.delete(key)
          assert.ok(!isHeld(pairs, known))
        }
        assert.equal(pairs.size, numbers.size)
      }
      for (const [key, number] of numbers) {
        const [a, b] = key.split(',').map(Number) as [number, number]
        assert.equal(findPair(pairs, a, b), number)
        assert.ok(isHeld(pairs, number))
      }
    }),
    { numRuns: 300, seed: 6 },
  )
})

test('many pairs and names are found, and those like them are not', () => {
  const pairs = createPairs()
  const names = createNames()
  for (let n = 0; n < 50_000; n += 1) {
    assert.equal(addPair(pairs, n, n % 97), n)
    assert.equal(addName(names, n % 5, `name ${n}`), n)
  }
  for (let n = 0; n < 50_000; n += 1) {
    assert.equal(findPair(pairs, n, n % 97), n)
    assert.equal(findPair(pairs, n, 97 + (n % 97)), NONE)
    assert.equal(findName(names, n % 5, `name ${n}`), n)
    assert.equal(findName(names, (n + 1) % 5, `name ${n}`), NONE)
  }
})
