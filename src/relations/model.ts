import { compile } from './compile.ts'
import { conditionOf } from './conditions.ts'
import { entangled, ownProblems } from './rules.ts'
import type { Model, ModelProblem } from './schema.ts'
import { officialProblems, transform } from './transform.ts'

export { jsonOfModel, modelOfJson } from './json-model.ts'
export { outlineOf } from './outline.ts'
export type { ConditionDef, Model, ModelProblem, RelationDef, Restriction, Rewrite, TypeDef } from './schema.ts'

/** OpenFGA's own limits on a model. */
export const MODEL_LIMITS = {
  bytes: 256 * 1024,
  types: 100,
  conditions: 25,
  parameters: 25,
  expressionBytes: 512,
  /** Parentheses within one line: deeper ones would exhaust the stack of whoever reads the text. */
  nesting: 32,
  problems: 100,
} as const

export type ParsedModel =
  | { readonly ok: true; readonly model: Model }
  | { readonly ok: false; readonly problems: readonly ModelProblem[] }

/** Reads a model in OpenFGA's language. All problems at once, in the order of the text, at most 100. */
export function parseModel(dsl: string): ParsedModel {
  const early = unreadable(dsl)
  if (early.length > 0) return refuse(early)
  const transformed = transform(dsl)
  if (!transformed.ok) return refuse(transformed.problems)
  const model = compile(transformed.raw)
  const official = entangled(model) ? null : officialProblems(transformed.raw, dsl)
  if (official !== null && official.length > 0) return refuse(official)
  const own = [...tooMuch(model), ...ownProblems(model, dsl), ...conditionProblems(model, dsl)]
  return own.length > 0 ? refuse(own) : { ok: true, model }
}

function refuse(problems: readonly ModelProblem[]): ParsedModel {
  const sorted = [...problems].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : a.message > b.message ? 1 : 0),
  )
  const once = sorted.filter((p, i) => i === 0 || !same(p, sorted[i - 1]))
  return { ok: false, problems: once.slice(0, MODEL_LIMITS.problems) }
}

const same = (a: ModelProblem, b: ModelProblem | undefined): boolean =>
  a.line === b?.line && a.column === b.column && a.message === b.message

/** Names every JavaScript object already answers to; the transformer would take them for defined. */
const RESERVED =
  /^\s*(?:type|define|condition)\s+(__proto__|constructor|prototype|toString|toLocaleString|valueOf|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|__\w+__)\b/

function unreadable(dsl: string): ModelProblem[] {
  const bytes = new TextEncoder().encode(dsl).length
  if (bytes > MODEL_LIMITS.bytes) {
    return [at(1, 1, `a model may have at most ${MODEL_LIMITS.bytes} bytes, this one has ${bytes}`)]
  }
  return dsl.split('\n').flatMap((line, index) => {
    const reserved = RESERVED.exec(line)?.[1]
    if (reserved !== undefined) {
      return [at(index + 1, line.indexOf(reserved) + 1, `\`${reserved}\` is a reserved name, choose another`)]
    }
    const deep = tooDeep(line)
    return deep === null ? [] : [at(index + 1, deep + 1, `at most ${MODEL_LIMITS.nesting} parentheses may be nested`)]
  })
}

function tooDeep(line: string): number | null {
  let depth = 0
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '(' && ++depth > MODEL_LIMITS.nesting) return i
    if (line[i] === ')') depth--
  }
  return null
}

function tooMuch(model: Model): ModelProblem[] {
  const found: ModelProblem[] = []
  const limit = (what: string, has: number, most: number): void => {
    if (has > most) found.push(at(1, 1, `${what} may have at most ${most}, this one has ${has}`))
  }
  limit('the types of a model', model.types.size, MODEL_LIMITS.types)
  limit('the conditions of a model', model.conditions.size, MODEL_LIMITS.conditions)
  for (const condition of model.conditions.values()) {
    limit(`the parameters of \`${condition.name}\``, condition.parameters.length, MODEL_LIMITS.parameters)
    const bytes = new TextEncoder().encode(condition.expression).length
    limit(`the bytes of the expression of \`${condition.name}\``, bytes, MODEL_LIMITS.expressionBytes)
  }
  return found
}

/** What OpenFGA's server refuses in a condition: what cannot be read, mixes types, or gives no yes and no. */
function conditionProblems(model: Model, dsl: string): ModelProblem[] {
  const lines = dsl.split('\n')
  return [...model.conditions.keys()].flatMap(name => {
    const made = conditionOf(model, name)
    if (made === null || made.ok) return []
    const line = lines.findIndex(text => new RegExp(`^\\s*condition\\s+${escaped(name)}\\s*\\(`).test(text))
    const column = line < 0 ? 1 : (lines[line] ?? '').indexOf(name) + 1
    return [at(Math.max(line, 0) + 1, column, `condition \`${name}\` cannot be evaluated: ${made.why}`)]
  })
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const at = (line: number, column: number, message: string): ModelProblem => ({ line, column, message })
