import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAfter, nextIn, runAt, timedId } from '../../src/lib/ids.ts'

describe('ids that are made one after another', () => {
  test('look like any other, sort by time and then as they were made, and never repeat', () => {
    const ids: string[] = []
    for (const at of [1_000, 1_001, 1_777_000_000_000]) {
      const ofOne: string[] = []
      for (let run = runAt('dec', at); ofOne.length < 256; run = runAt('dec', at)) ofOne.push(nextIn(run))
      ids.push(...ofOne)
    }
    for (const id of ids) {
      assert.match(id, /^dec_[0-9a-f]{32}$/)
      assert.equal(id.length, timedId('dec', 5).length)
    }
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual([...ids].sort(), ids)
  })

  test('are of another run for another instant, for another prefix, and where one is full', () => {
    const run = runAt('dec', 5)
    assert.equal(runAt('dec', 5), run)
    assert.notEqual(runAt('log', 5), run)
    while (run.made < 256) nextIn(run)
    const next = runAt('dec', 5)
    assert.notEqual(next, run)
    assert.notEqual(next.head, run.head)
    assert.notEqual(runAt('dec', 6).head, next.head)
  })

  test('follow from each other', () => {
    const run = runAt('dec', 9)
    const ids = Array.from({ length: 256 - run.made }, () => nextIn(run))
    for (const [n, id] of ids.entries()) assert.equal(idAfter(ids[0] as string, n), id)
  })
})
