import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResidualCache } from '../../src/pdp/cache.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import { openTestStore } from '../support/store.ts'
import { type Course, runOneNode } from './one-node.ts'
import { SMALL } from './scene.ts'

const COURSE: Course = {
  size: SMALL,
  seed: 3,
  checks: 9_000,
  round: 4_500,
  writes: 0.05,
  // What is published empties the cache, and with it what a write did not reach.
  mix: { seldom: 0.2, rare: 0 },
  pains: { naive: 1_000_000, relations: 1_000_000 },
}

/** Much is published, as most publications change no answer that is asked for again. */
const PUBLISHING: Course = { ...COURSE, mix: { seldom: 0.2, rare: 0.4 } }

/** Caches that keep what they should not. */
const BROKEN: Readonly<Record<string, readonly [Course, (cache: ResidualCache) => Partial<ResidualCache>]>> = {
  'that a write does not reach': [COURSE, () => ({ touch: () => undefined })],
  'that publishing does not empty': [PUBLISHING, () => ({ clear: () => undefined, revise: () => undefined })],
}

for (const [name, [course, broken]] of Object.entries(BROKEN)) {
  test(`a cache ${name} is found`, async () => {
    const store = await openTestStore()
    try {
      const found = await runOneNode(store, 'fresh', course, undefined, async service => {
        const state: OrgState = await service.orgs.get('fresh')
        const { cache } = state
        Object.assign(state, { cache: Object.assign(Object.create(cache), broken(cache)) })
      })
      assert.ok(found.wrong > 0 && found.faults.length > 0)
    } finally {
      await store.close()
    }
  })
}
