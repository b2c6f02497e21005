import { transformer } from '@openfga/syntax-transformer'
import { type ParsedModel, parseModel } from './model.ts'
import type { ModelProblem } from './schema.ts'

export interface ModuleFile {
  /** As `fga.mod` names it. */
  readonly name: string
  readonly text: string
}

/** A fault in one of the files. */
export interface ModuleProblem extends ModelProblem {
  readonly file: string
}

/** A model in modules as one text, which means the same, and what it says. */
export type ParsedModules =
  | { readonly ok: true; readonly dsl: string; readonly model: Extract<ParsedModel, { ok: true }>['model'] }
  | { readonly ok: false; readonly problems: readonly ModuleProblem[] }

export const MOD = 'fga.mod'

/** The files an `fga.mod` lists, or what is wrong with it. */
export function modulesIn(
  mod: string,
):
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ModuleProblem[] } {
  const listed = attempt(MOD, () => transformer.transformModFileToJSON(mod))
  return listed.ok ? { ok: true, names: listed.value.contents.value.map(({ value }) => value) } : listed
}

/** Reads a model that is split into modules: `mod` is the text of `fga.mod`, which lists the files. */
export function parseModules(mod: string, files: readonly ModuleFile[]): ParsedModules {
  const listed = attempt(MOD, () => transformer.transformModFileToJSON(mod))
  if (!listed.ok) return listed
  const { schema, contents } = listed.value
  const byName = new Map(files.map(f => [f.name, f.text]))
  const lacking = contents.value.filter(({ value }) => !byName.has(value))
  if (lacking.length > 0) {
    const problems = lacking.map(({ value, line, column }) => ({
      file: MOD,
      line: line.start + 1,
      column: column.start + 1,
      message: `\`${value}\` is listed but is not there`,
    }))
    return { ok: false, problems }
  }
  const whole = contents.value.flatMap(({ value }) => wholeModel(value, byName.get(value) ?? ''))
  if (whole.length > 0) return { ok: false, problems: whole }
  const modules = contents.value.map(({ value }) => ({ name: value, contents: byName.get(value) ?? '' }))
  const joined = attempt(MOD, () => transformer.transformModuleFilesToModel(modules, schema.value))
  if (!joined.ok) return joined
  const printed = attempt(MOD, () => transformer.transformJSONToDSL(joined.value))
  if (!printed.ok) return printed
  const parsed = parseModel(printed.value)
  if (!parsed.ok) return { ok: false, problems: parsed.problems.map(p => placed(p, printed.value, files)) }
  return { ok: true, dsl: printed.value, model: parsed.model }
}

/** The official transformer does not say which file it is. */
function wholeModel(file: string, text: string): ModuleProblem[] {
  const lines = text.split('\n')
  const index = lines.findIndex(line => !/^\s*(?:#.*)?$/.test(line))
  const [, indent, word] = /^(\s*)(\w+)/.exec(lines[index] ?? '') ?? []
  if (word !== 'model') return []
  const message = 'file is not a module, begin it with `module` and a name'
  return [{ file, line: index + 1, column: (indent ?? '').length + 1, message }]
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: ModuleProblem[] }

interface Fault {
  readonly msg?: string
  readonly line?: { readonly start: number }
  readonly column?: { readonly start: number }
  readonly file?: string
  readonly metadata?: { readonly file?: string }
}

function attempt<T>(file: string, run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() }
  } catch (error) {
    const listed = (error as { errors?: unknown } | null)?.errors
    const faults: readonly Fault[] = Array.isArray(listed) ? (listed as Fault[]) : []
    const message = error instanceof Error ? error.message : 'the modules cannot be read'
    const told = faults.length > 0 ? faults : [{ msg: message.split('\n')[0] ?? message }]
    return { ok: false, problems: told.map(f => problemOf(f, file)) }
  }
}

function problemOf(f: Fault, file: string): ModuleProblem {
  const [said = ''] = (f.msg ?? 'the modules cannot be read').split('\n')
  const message = said
    .replace(/ at line \d+, column \d+:$/, '')
    .replace(/\.\s*$/, '')
    .replace(/'([^']*)'/g, '`$1`')
  return {
    file: f.file ?? f.metadata?.file ?? file,
    line: Math.max(f.line?.start ?? 0, 0) + 1,
    column: Math.max(f.column?.start ?? 0, 0) + 1,
    message: message.charAt(0).toLowerCase() + message.slice(1),
  }
}

/** Where a line of the joined text stands in the files: the only one that says the same, else the start of `fga.mod`. */
function placed(problem: ModelProblem, dsl: string, files: readonly ModuleFile[]): ModuleProblem {
  const said = (dsl.split('\n')[problem.line - 1] ?? '').replace(/\s*#.*$/, '').trim()
  const found = files.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => {
      const same =
        said !== '' &&
        line
          .replace(/\s+#.*$/, '')
          .trim()
          .replace(/^extend /, '') === said
      return same ? [{ file: name, line: index + 1, column: line.length - line.trimStart().length + 1 }] : []
    }),
  )
  const [only, ...more] = found
  const place = only !== undefined && more.length === 0 ? only : { file: MOD, line: 1, column: 1 }
  return { ...place, message: problem.message }
}
