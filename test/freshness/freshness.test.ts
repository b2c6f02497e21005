import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { newDatabase } from '../support/database.ts'
import { skipWithout, startPostgres, startRedis } from '../support/services.ts'
import { openTestStore } from '../support/store.ts'
import { runNodes } from './nodes.ts'
import { type Course, type Outcome, runOneNode } from './one-node.ts'
import { SMALL } from './scene.ts'

const COURSE: Course = {
  size: SMALL,
  seed: 20_267,
  checks: 6_000,
  round: 2_000,
  writes: 0.03,
  mix: { seldom: 0.25, rare: 0.02 },
  pains: { naive: 20, relations: 1_500 },
}

/** From the cache: enough to show that it is in use. How much it can be is for `hit-rate.test.ts` to say, with writes as rare as they are. */
const USED = 0.3

/** The runs do allow, deny and escalate, and at many revisions; else they would show little. */
function isFresh({ faults, wrong, effects, revisions, written, hitRate }: Outcome, least: number): void {
  assert.deepEqual(faults, [])
  assert.equal(wrong, 0)
  const shown = JSON.stringify({ effects, revisions, written, hitRate })
  assert.ok(written >= 50 && revisions >= 30, shown)
  for (const effect of ['allow', 'deny', 'escalate']) assert.ok((effects[effect] ?? 0) > 10, shown)
  assert.ok(hitRate >= least, shown)
}

describe('no answer is older than it says, and none says it is older than it may be', async () => {
  const postgres = await startPostgres()
  const redis = await startRedis()
  after(async () => {
    for (const service of [postgres, redis]) if (service.kind === 'running') await service.stop()
  })

  test('on one node, with writes under way at every point where it waits', async () => {
    const store = await openTestStore()
    try {
      isFresh(await runOneNode(store, 'fresh', COURSE), USED)
    } finally {
      await store.close()
    }
  })

  const three = { ...COURSE, checks: 6_000, round: 3_000 }
  const losing = { lost: 0.3, late: 40 }

  test('on three processes that hear of each other by PostgreSQL, not always', {
    skip: skipWithout(postgres),
  }, async () => {
    if (postgres.kind === 'missing') return
    const databaseUrl = await newDatabase(postgres.url)
    isFresh(await runNodes('fresh', 3, { databaseUrl, redisUrl: null, ...losing }, three), USED)
  })

  test('and by Redis', { skip: skipWithout(postgres) || skipWithout(redis) }, async () => {
    if (postgres.kind === 'missing' || redis.kind === 'missing') return
    const databaseUrl = await newDatabase(postgres.url)
    const course = { ...three, seed: 20_268 }
    isFresh(await runNodes('fresh', 3, { databaseUrl, redisUrl: redis.url, ...losing }, course), USED)
  })
})
