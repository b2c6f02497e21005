import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { BUILDERS } from '../../src/language/build.ts'
import { RULES } from '../../src/language/grammar.gen.ts'

test('the generated grammar is what the grammar makes', () => {
  const script = resolve(import.meta.dirname, '../../scripts/generate.ts')
  assert.doesNotThrow(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' }))
})

test('every builder the grammar names is there, and every one that is there is used', () => {
  const named = new Set(RULES.map(rule => rule.build))
  assert.deepEqual(
    [...named].filter(name => !(name in BUILDERS)),
    [],
  )
  const spare = new Set(['nuller', 'id'])
  assert.deepEqual(
    Object.keys(BUILDERS).filter(name => !named.has(name) && !spare.has(name)),
    [],
  )
})

test('every part of the grammar is reached', () => {
  const used = new Set([
    'rule',
    'imperative',
    'passive',
    'doing',
    'definition',
    ...RULES.flatMap(rule => rule.symbols.filter(symbol => typeof symbol === 'string')),
  ])
  assert.deepEqual(
    [...new Set(RULES.map(rule => rule.name))].filter(name => !used.has(name)),
    [],
  )
})
