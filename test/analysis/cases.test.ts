import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { analyse, type Finding } from '../../src/analysis/analyse.ts'
import { factsOf } from '../../src/analysis/facts.ts'
import { type Compiled, compileText } from '../../src/language/compile.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { outlineOf, parseModel } from '../../src/relations/model.ts'
import { judge } from '../oracle.ts'

const ROOT = join(import.meta.dirname, '../..')
const ZONE = 'Europe/Berlin'

interface CaseFile {
  readonly definitions: readonly string[]
  /** `find`: the kind, then the rules by their number in `text`, or with a minus in `before`. */
  readonly cases: readonly {
    readonly name: string
    readonly text: readonly string[]
    readonly before?: readonly string[]
    readonly find?: readonly string[]
  }[]
}

const casesIn = (name: string): CaseFile => JSON.parse(readFileSync(join(ROOT, 'test/cases/analysis', name), 'utf8'))

function outline(name: string) {
  const parsed = parseModel(readFileSync(join(ROOT, 'models', name), 'utf8'))
  assert.ok(parsed.ok)
  return outlineOf(parsed.model)
}

const ACME = outline('acme.fga')

function compile(lines: readonly string[], model = ACME, zone = ZONE): Compiled {
  const compiled = compileText(lines.join('\n'), emptyVocabulary(model, zone))
  assert.deepEqual(compiled.diagnostics, [])
  return compiled
}

const run = (now: Compiled, before: Compiled | null) =>
  analyse({ rules: now.rules, before: before?.rules ?? null, vocabulary: now.vocabulary, org: 'acme', zone: ZONE })

/** `contradicts 1 2`, by the numbers rules have in the case. */
function brief({ kind, rules }: Finding, now: Compiled, before: Compiled | null): string {
  const used = new Set<number>()
  const number = (id: string): string => {
    const here = now.rules.findIndex((rule, i) => rule.id === id && !used.has(i))
    used.add(here)
    return here >= 0 ? String(here + 1) : String(-1 - (before?.rules.findIndex(rule => rule.id === id) ?? 0))
  }
  return [kind, ...rules.map(rule => number(rule.id))].join(' ')
}

function confirmed({ example }: Finding, now: Compiled, before: Compiled | null): void {
  if (example === null) return
  const facts = factsOf(example.tuples, example.attributes)
  const effect = (rules: Compiled['rules']) => judge({ org: 'acme', zone: ZONE, rules }, example.request, facts).effect
  assert.equal(effect(now.rules), example.effect)
  if (example.before !== null && before !== null) assert.equal(effect(before.rules), example.before)
}

test('each flaw and each change is found, and nothing else', async t => {
  const { definitions, cases } = casesIn('flawed.json')
  assert.ok(cases.length >= 40)
  for (const { name, text, before, find } of cases) {
    await t.test(name, () => {
      const now = compile([...definitions, ...text])
      const was = before === undefined ? null : compile([...definitions, ...before])
      const found = run(now, was)
      assert.deepEqual(found.unknown, [])
      assert.deepEqual(found.findings.map(f => brief(f, now, was)).sort(), [...(find ?? [])].sort())
      for (const finding of found.findings) confirmed(finding, now, was)
    })
  }
})

test('nothing is found in what is sound', async t => {
  const { definitions, cases } = casesIn('sound.json')
  assert.ok(cases.length >= 20)
  for (const { name, text, before } of cases) {
    await t.test(name, () => {
      const own = definitions.filter(line => !text.some(other => other.startsWith(line.split(' has ')[0] ?? line)))
      const now = compile([...(text[0]?.includes(' has ') ? own : definitions), ...text])
      const found = run(now, before === undefined ? null : compile([...definitions, ...before]))
      assert.deepEqual(
        found.findings.map(f => f.text),
        [],
      )
      assert.deepEqual(found.unknown, [])
    })
  }
})

test('nothing is found in what ships', () => {
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
  const system = outline('system.fga')
  const shipped = ['agents', 'management'].map(name => compile([read(`policies/${name}.policy`)], system, 'UTC'))
  const acme = compile([read('examples/acme/acme.policy')])
  const rules = [...shipped, acme].flatMap(compiled => compiled.rules)
  for (const some of [...shipped.map(s => s.rules), acme.rules, rules]) {
    const found = analyse({ rules: some, before: null, vocabulary: acme.vocabulary, org: 'acme', zone: ZONE })
    assert.deepEqual(found, { findings: [], more: 0, complete: true, unknown: [] })
  }
})
