import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChange } from '../../src/pdp/org.ts'
import { shipped } from '../support/nodes.ts'
import { quickOrg } from './in-memory.ts'
import { MIDDLE } from './scene.ts'

const CHECKS = 30_000
const WRITES = 0.01

/**
 * What is asked by Zipf is asked again, and a write drops no more than what rested on it. Publishing and changes of the model
 * drop everything; they are not among these writes.
 */
test('nine of ten checks find what they ask for, with one write in a hundred', async () => {
  const { state, ask, write } = await quickOrg(MIDDLE, 11, { seldom: 0.05, rare: 0 })
  const dropped = new Map<string, number>()
  for (let n = 0; n < CHECKS; n += 1) {
    ask(n)
    if (n === CHECKS / 2) state.cacheUse = { hits: 0, misses: 0 }
    if (n % (1 / WRITES) !== 0) continue
    const before = state.cache.size
    const kind = write()
    dropped.set(kind, (dropped.get(kind) ?? 0) + before - state.cache.size)
  }
  const { hits, misses } = state.cacheUse
  const shown = JSON.stringify({ hits, misses, dropped: [...dropped].sort(([, a], [, b]) => b - a) })
  assert.ok(hits / (hits + misses) >= 0.9, shown)
})

test('a write drops nothing of whoever it does not concern', async () => {
  const { state, ask } = await quickOrg(MIDDLE, 12, { seldom: 0, rare: 0 })
  for (let n = 0; n < 2_000; n += 1) ask(n)
  const before = state.cache.size
  const tuple = { object: 'team:t0', relation: 'member', user: 'user:somebody-new', condition: null }
  const change = { kind: 'tuples', writes: [tuple], deletes: [] } as const
  applyChange(state, { revision: state.revision + 1, at: 0, change }, shipped)
  // Whoever joins the largest team is the only one whose answers may change.
  assert.equal(state.cache.size, before)
})
