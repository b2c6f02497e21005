import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Weighed {
  readonly size: number
  readonly bytes: number
  readonly counted: number
  readonly allow: number
  readonly deny: number
}

test('a cached residual takes at most 300 bytes, measured', t => {
  const script = fileURLToPath(new URL('../../support/residual-bytes.ts', import.meta.url))
  const text = execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  const { bench, hard } = JSON.parse(text) as { readonly bench: Weighed; readonly hard: Weighed }
  t.diagnostic(`the load of the bench: ${bench.bytes.toFixed(0)} bytes; a harder one: ${hard.bytes.toFixed(0)} bytes`)
  assert.ok(bench.size >= 50_000 && hard.size >= 30_000, text)
  assert.ok(bench.allow > 10_000 && bench.deny > 10_000 && hard.allow > 2_000 && hard.deny > 5_000, text)
  assert.ok(bench.bytes <= 300, text)
  // What is hard is bounded too, by what the cache counts itself.
  for (const { bytes, counted } of [bench, hard]) assert.ok(Math.abs(bytes - counted) < counted * 0.3, text)
})
