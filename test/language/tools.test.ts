import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import { printRule } from '../../src/policy/print.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { outlineOf, parseModel } from '../../src/relations/model.ts'
import { type Decision, decisionOf } from './decisions.ts'

/** The policy of a whole tool, with its model, as its owners would write it. */
interface Tool {
  readonly name: string
  readonly model: readonly string[]
  readonly policy: readonly string[]
  readonly canonical: readonly string[]
  readonly decisions: readonly {
    /** Subject, action and resource. */
    readonly ask: string
    readonly tuples?: readonly string[]
    readonly attributes?: Readonly<Record<string, JsonObject>>
    readonly country?: string
    readonly at?: string
    readonly expect: Decision['expect']
  }[]
}

const FILE = resolve(import.meta.dirname, '../cases/tools/tools.json')
const TOOLS = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Tool[]

for (const tool of TOOLS) {
  test(`${tool.name}: the policy reads and decides as it says`, () => {
    const parsed = parseModel(['model', '  schema 1.1', ...tool.model].join('\n'))
    assert.ok(parsed.ok)
    const text = tool.policy.join('\n')
    const compiled = compileText(text, emptyVocabulary(outlineOf(parsed.model), 'Europe/Berlin'))
    assert.equal(renderDiagnostics(compiled.diagnostics, text), '')
    assert.deepEqual(
      compiled.rules.map(({ rule }) => printRule(rule)),
      tool.canonical,
    )
    const again = compileText(tool.canonical.join('\n'), compiled.vocabulary)
    assert.deepEqual(
      again.rules.map(({ rule }) => rule),
      compiled.rules.map(({ rule }) => rule),
    )
    for (const { ask, tuples = [], attributes = {}, country, at, expect } of tool.decisions) {
      const [subject = '', action = '', resource = ''] = ask.split(' ')
      const asked: Decision = {
        given: { tuples, attributes },
        subject,
        action,
        resource,
        expect,
        context: country === undefined ? {} : { country },
        ...(at === undefined ? {} : { at }),
      }
      const told = `${ask} ${JSON.stringify({ tuples, attributes, country, at })}`
      assert.equal(decisionOf(tool.canonical.join('\n'), compiled.vocabulary, asked, parsed.model), expect, told)
    }
  })
}
