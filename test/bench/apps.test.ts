import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPS } from '../../bench/apps/all.ts'
import type { AppRequest } from '../../bench/apps/app.ts'
import { groundOf } from '../../bench/apps/ground.ts'
import { loadOf } from '../../bench/apps/load.ts'
import { MAKERS } from '../../bench/apps/race.ts'
import { hitRate, verifyLoad } from '../../bench/apps/replay.ts'
import { caseOf } from '../../bench/apps/requests.ts'

/** All contestants decide the same world: what is compared is the same work, whatever it takes. */
for (const app of APPS) {
  for (const maker of MAKERS) {
    test(`${maker.name} gives the right answers in ${app.name}`, async () => {
      const given = caseOf(app, 12, 200)
      assert.ok(given.requests.some(r => r.allowed) && given.requests.some(r => !r.allowed))
      const { decide, before } = await maker.make(given)
      before?.()
      assert.deepEqual(
        given.requests.filter((r, n) => decide(n) !== r.allowed),
        [],
      )
    })
  }

  test(`every contestant is right between changes in ${app.name}, and again when they were undone`, async () => {
    const load = loadOf(app, { size: 12, questions: 200, steps: 1_500 }, 0.2)
    assert.ok(load.changes.length > 200 && load.undo.length > 0)
    for (const maker of MAKERS.filter(m => m.name !== 'ours, cold')) {
      const contestant = await maker.make(load.given)
      await verifyLoad(contestant, load)
      await verifyLoad(contestant, load)
    }
    const hits = hitRate(load)
    assert.ok(hits > 0 && hits < 1, `a hit rate of ${hits}`)
  })

  test(`worlds of ${app.name} are the same in every run, and have nobody above all`, () => {
    const [one, other] = [caseOf(app, 100, 300), caseOf(app, 100, 300)]
    assert.deepEqual(one.world, other.world)
    assert.deepEqual(one.requests, other.requests)
    const ground = groundOf(app, one.world)
    const everywhere = (user: string) =>
      one.world.resources.every(resource => ground.allows(user, app.actions[0] ?? '', resource))
    assert.equal(one.world.users.some(everywhere), false)
    const keys = new Set(one.requests.map(({ user, action, resource }: AppRequest) => `${user} ${action} ${resource}`))
    assert.equal(keys.size, one.requests.length)
  })
}
