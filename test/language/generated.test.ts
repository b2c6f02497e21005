import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { BUILDERS } from '../../src/language/build.ts'
import { RULES } from '../../src/language/grammar.gen.ts'
import { RULES as QUESTIONS } from '../../src/language/question.gen.ts'
import { QUESTION_BUILDERS } from '../../src/language/question-build.ts'

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

test('the grammar of questions stands on that of rules, and has no loose ends', () => {
  const names = new Set([...RULES, ...QUESTIONS].map(rule => rule.name))
  const used = QUESTIONS.flatMap(rule => rule.symbols.filter(symbol => typeof symbol === 'string'))
  const built = new Set(QUESTIONS.map(rule => rule.build))
  assert.deepEqual(
    used.filter(name => !names.has(name)),
    [],
  )
  assert.deepEqual(
    [...new Set(QUESTIONS.map(rule => rule.name))].filter(name => !['question', ...used].includes(name)),
    [],
  )
  assert.deepEqual(
    [...built].filter(name => !(name in BUILDERS) && !(name in QUESTION_BUILDERS)),
    [],
  )
  assert.deepEqual(
    Object.keys(QUESTION_BUILDERS).filter(name => !built.has(name) || name in BUILDERS),
    [],
  )
})
