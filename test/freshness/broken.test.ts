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
  round: 1_500,
  writes: 0.05,
  mix: { seldom: 0.2, rare: 0.02 },
  pains: { naive: 1_000_000, relations: 1_000_000 },
}

/** Caches that keep what they should not. */
const BROKEN: Readonly<Record<string, (cache: ResidualCache) => Partial<ResidualCache>>> = {
  'that a write does not reach': () => ({ touch: () => undefined }),
  'that publishing does not empty': () => ({ clear: () => undefined }),
}

for (const [name, broken] of Object.entries(BROKEN)) {
  test(`a cache ${name} is found`, async () => {
    const store = await openTestStore()
    try {
      const found = await runOneNode(store, 'fresh', COURSE, undefined, async service => {
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
