import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import { compileQuestion } from '../../src/language/question.ts'
import { vocabularyOf } from '../../src/pdp/org.ts'
import { parseModel } from '../../src/relations/model.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const page = read('docs/models.md')

/** Lines of the blocks in one language about one model. */
const linesOf = (language: string, name: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language} ${name}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
    .flatMap(match => (match[1] ?? '').split('\n'))
    .filter(line => line !== '')

const ORG = { slug: 'local', name: 'local', zone: 'UTC' }
const CLOCK = { asker: null, now: 1_772_614_800_000, zone: 'UTC' }

for (const name of ['documents', 'repositories', 'saas', 'payments', 'agents']) {
  test(`the page on models quotes ${name}.policy, and asks what is understood`, () => {
    const policy = read(`models/${name}.policy`)
    const sentences = policy.split('\n')
    const quoted = linesOf('policy', name)
    assert.ok(quoted.length > 2)
    for (const line of quoted) assert.ok(sentences.includes(line), line)

    const parsed = parseModel(read(`models/${name}.fga`))
    assert.ok(parsed.ok)
    const { vocabulary, diagnostics } = compileText(policy, vocabularyOf(ORG, parsed.model))
    assert.equal(renderDiagnostics(diagnostics, policy), '')
    const questions = linesOf('question', name)
    assert.ok(questions.length > 1)
    const tests = read(`models/${name}.test.yaml`)
    for (const text of questions) {
      const asked = compileQuestion(text, vocabulary, CLOCK)
      assert.equal(renderDiagnostics(asked.diagnostics, text), '')
      assert.ok(tests.includes(`ask: ${text}`), `${text} is not among the tests`)
    }
  })
}
