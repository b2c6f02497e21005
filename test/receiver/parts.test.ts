import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { courseOf, freshnessAt, isPrivileged } from '../../src/receiver/freshness.ts'
import { createPulse } from '../../src/receiver/pulse.ts'
import { claimsOf, rowOf, snapshotOf } from '../../src/receiver/rows.ts'
import { createSseReader } from '../../src/receiver/sse.ts'

const LIMITS = { freshMs: 3_000, blindMs: 30_000, failOpen: false }

const TABLE: readonly (readonly [silent: number, privileged: boolean, failOpen: boolean, course: object])[] = [
  [0, false, false, { kind: 'accept', degraded: false }],
  [2_999, true, false, { kind: 'accept', degraded: false }],
  [3_000, false, false, { kind: 'ask', otherwise: 'accept' }],
  [3_000, true, false, { kind: 'ask', otherwise: 'refuse' }],
  [30_000, true, true, { kind: 'ask', otherwise: 'refuse' }],
  [30_001, false, false, { kind: 'ask', otherwise: 'refuse' }],
  [30_001, false, true, { kind: 'ask', otherwise: 'accept' }],
  [30_001, true, true, { kind: 'refuse' }],
  [Number.POSITIVE_INFINITY, false, false, { kind: 'ask', otherwise: 'refuse' }],
  [Number.POSITIVE_INFINITY, true, true, { kind: 'refuse' }],
]

for (const [silent, privileged, failOpen, course] of TABLE) {
  test(`silent for ${silent} ms, ${privileged ? 'privileged' : 'ordinary'}${failOpen ? ', failing open' : ''}`, () => {
    assert.deepEqual(courseOf(freshnessAt(silent, LIMITS), privileged, { failOpen }), course)
  })
}

test('what is privileged by itself', () => {
  const of = (scope: string, more = {}) => isPrivileged({ scope, ...more })
  for (const scope of ['payments:pay', 'admin', 'read:docs org.admin', 'ssf.manage', 'refund:orders'])
    assert.ok(of(scope), scope)
  for (const scope of ['', 'read:docs', 'paying:x', 'administration']) assert.ok(!of(scope), scope)
  assert.ok(of('read:docs', { jit: true }))
})

test('silence is counted from the last beat, and a beat that was held up is as old as it is late', () => {
  const pulse = createPulse()
  assert.equal(pulse.silentFor(0), Number.POSITIVE_INFINITY)
  pulse.begin()
  // Our clock says 1,000 when theirs says 9,000,000.
  pulse.beat(1_000, 9_000_000)
  assert.equal(pulse.silentFor(1_500), 500)
  pulse.beat(2_000, 9_001_000)
  assert.equal(pulse.silentFor(2_000), 0)
  // Ten beats lay in a buffer for ten seconds.
  for (let i = 1; i <= 10; i += 1) {
    pulse.beat(12_000, 9_001_000 + i * 1_000)
    assert.ok(Math.abs(pulse.silentFor(12_000) - (10 - i) * 1_000) < 20)
  }
  // A clock that is a little slower than ours, for an hour, makes nothing stale.
  for (let i = 1; i <= 3_600; i += 1) {
    pulse.beat(12_000 + i * 1_000, 9_011_000 + Math.round(i * 999.8))
    assert.ok(pulse.silentFor(12_000 + i * 1_000) < 300)
  }
  pulse.lose()
  assert.equal(pulse.silentFor(5_000_000), Number.POSITIVE_INFINITY)
})

test('events are the same however the text is cut', () => {
  const text =
    'id: 1\nevent: revoke\ndata: {"a":1}\n\n: hello\n\nid: 2\r\nevent: heartbeat\r\ndata: x\r\ndata: y\r\n\r\ndata:z\n\n'
  const want = [
    { id: '1', name: 'revoke', data: '{"a":1}' },
    { id: '2', name: 'heartbeat', data: 'x\ny' },
    { id: null, name: 'message', data: 'z' },
  ]
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length]
      const read = createSseReader()
      assert.deepEqual(
        places.slice(1).flatMap((end, i) => read(text.slice(places[i], end))),
        want,
      )
    }),
    { seed: 7 },
  )
  assert.throws(() => createSseReader()('x'.repeat(300_000)), RangeError)
})

test('what is not understood is no row', () => {
  const row = { kind: 'jti', key: 'a', before: null, exp: 1 }
  assert.deepEqual(rowOf(row), row)
  for (const wrong of [
    null,
    1,
    [],
    {},
    { ...row, kind: 'planet' },
    { ...row, key: 1 },
    { ...row, before: 'x' },
    { ...row, exp: null },
  ]) {
    assert.equal(rowOf(wrong), null)
    assert.equal(snapshotOf({ seq: 1, dead: [row, wrong] }), null)
  }
  assert.deepEqual(snapshotOf({ seq: 1, dead: [row] }), { seq: 1, rows: [row] })
  const claims = { jti: 'j', sub: 'agent:a', iat: 1, exp: 2, client_id: 'c', scope: '' }
  assert.ok(claimsOf(claims))
  for (const wrong of [{ ...claims, lineage: 'x' }, { ...claims, chain: [1] }, { ...claims, iat: '1' }, null, []]) {
    assert.equal(claimsOf(wrong), null)
  }
})
