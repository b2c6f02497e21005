import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceOf } from './chance.ts'
import { quickOrg } from './in-memory.ts'
import { uncached } from './in-memory-run.ts'
import { sameVerdict } from './oracle.ts'
import { requestOf } from './requests.ts'
import { SMALL } from './scene.ts'

/** Questions asked again after each write: what was dropped too little is met before something else drops it. */
const AGAIN = 40
const RECENT = 400

for (const seed of [1, 2, 3]) {
  test(`one write after the other, everything asked again in between, seed ${seed}`, async () => {
    const { state, ask, write } = await quickOrg(SMALL, seed, { seldom: 0.4, rare: 0.01 })
    const c = chanceOf(seed)
    const seen = new Set<string>()
    const kinds = new Map<string, number>()
    for (let n = 0; n < RECENT; n += 1) ask(n)
    for (let writes = 0; writes < 500; writes += 1) {
      const kind = write()
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      for (let k = 0; k < AGAIN; k += 1) {
        const n = c.below(RECENT)
        const { verdict } = ask(n)
        seen.add(verdict.effect)
        const right = uncached(state, requestOf(seed, n, 'fresh', SMALL))
        assert.ok(
          sameVerdict(verdict, right),
          `after ${kind}: ${JSON.stringify(requestOf(seed, n, 'fresh', SMALL))}\n is ${JSON.stringify(verdict)}\n not ${JSON.stringify(right)}`,
        )
      }
    }
    assert.equal(seen.size, 3)
    assert.ok(kinds.size >= 15, JSON.stringify([...kinds]))
  })
}
