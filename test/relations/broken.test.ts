import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { validator } from '@openfga/syntax-transformer'
import { parseModel } from '../../src/relations/model.ts'
import { parseModules } from '../../src/relations/modules.ts'

interface Cases {
  /** Lines of a model, and each fault as `line:column message`. */
  readonly models: readonly {
    readonly name: string
    readonly model: readonly string[]
    readonly says: readonly string[]
  }[]
  /** Lines of `fga.mod` and of the two files it lists; each fault as `file:line:column message`. */
  readonly modules: readonly (Readonly<Record<'mod' | 'core' | 'docs' | 'says', readonly string[]>> & {
    readonly name: string
  })[]
}

const { models, modules }: Cases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../cases/broken-models.json'), 'utf8'),
)

interface Official {
  readonly msg: string
  readonly line: { readonly start: number }
  readonly column: { readonly start: number }
}

/** The errors of the official language, told as ours are: counted from 1, in backticks, without a full stop. */
function official(dsl: string): readonly string[] {
  try {
    validator.validateDSL(dsl)
    return []
  } catch (error) {
    const { errors } = error as { readonly errors: readonly Official[] }
    return errors.map(({ msg, line, column }) => {
      const said = msg.replaceAll("'", '`').replace(/\.$/, '')
      return `${line.start + 1}:${column.start + 1} ${said.charAt(0).toLowerCase()}${said.slice(1)}`
    })
  }
}

for (const { name, model, says } of models) {
  test(`a broken model: ${name}`, () => {
    const dsl = model.join('\n')
    const parsed = parseModel(dsl)
    const told = parsed.ok ? [] : parsed.problems.map(p => `${p.line}:${p.column} ${p.message}`)
    assert.deepEqual(told, says)
    assert.ok(told.length > 0)
    // Whatever the official language finds is told, where it finds it and as it says it.
    for (const one of official(dsl)) assert.ok(told.includes(one), `${one} is not told: ${told}`)
  })
}

for (const { name, mod, core, docs, says } of modules) {
  test(`modules: ${name}`, () => {
    const files = [
      { name: 'core.fga', text: core.join('\n') },
      { name: 'docs.fga', text: docs.join('\n') },
    ]
    const parsed = parseModules(mod.join('\n'), files)
    const told = parsed.ok ? [] : parsed.problems.map(p => `${p.file}:${p.line}:${p.column} ${p.message}`)
    assert.deepEqual(told, says)
  })
}

test('the tables are not small', () => assert.ok(models.length >= 50 && modules.length >= 15))
