import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weighResiduals } from '../../../bench/residuals/weigh.ts'

test('a cached residual takes at most 300 bytes, measured', t => {
  const weighed = weighResiduals()
  const { bench, hard } = weighed
  const text = JSON.stringify(weighed)
  t.diagnostic(`the load of the bench: ${bench.bytes.toFixed(0)} bytes; a harder one: ${hard.bytes.toFixed(0)} bytes`)
  assert.ok(bench.size >= 50_000 && hard.size >= 50_000, text)
  assert.ok(bench.allow > 10_000 && bench.deny > 10_000 && hard.allow > 2_000 && hard.deny > 5_000, text)
  assert.ok(bench.bytes <= 300, text)
  // What is hard is bounded as well, by what the cache counts itself.
  for (const { bytes, counted } of [bench, hard]) assert.ok(Math.abs(bytes - counted) < counted * 0.3, text)
})
