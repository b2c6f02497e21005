import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Costs } from '../support/costs.ts'

/** What was measured is about 300 bytes and 17 kB: half as much again is a regression to look at. */
const WARM = 450
const COLD = 25_000

test('what a decision allocates and asks for does not grow with the number of rules', t => {
  const script = fileURLToPath(new URL('../support/costs.ts', import.meta.url))
  const room = ['--min-semi-space-size=64', '--max-semi-space-size=64']
  const text = execFileSync(process.execPath, ['--expose-gc', ...room, script], { encoding: 'utf8' })
  const measured = JSON.parse(text) as readonly Costs[]
  t.diagnostic(text)
  const [few] = measured
  assert.ok(few !== undefined && few.facts > 500 && measured.length === 3, text)
  for (const { warm, cold, facts } of measured) {
    assert.ok(warm > 0 && warm <= WARM && warm <= few.warm * 1.3, text)
    assert.ok(cold > 0 && cold <= COLD && cold <= few.cold * 1.3, text)
    assert.equal(facts, few.facts, text)
  }
})
