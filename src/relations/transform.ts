import { transformer, validator } from '@openfga/syntax-transformer'
import type { ModelProblem } from './schema.ts'

/** OpenFGA's JSON form of a model, as far as it is read here. */
export interface RawModel {
  readonly schema_version?: string
  readonly type_definitions?: readonly RawType[]
  readonly conditions?: Readonly<Record<string, RawCondition>>
}

export interface RawType {
  readonly type: string
  readonly relations?: Readonly<Record<string, RawRewrite>> | null
  readonly metadata?: {
    readonly relations?: Readonly<
      Record<string, { readonly directly_related_user_types?: readonly RawRestriction[] }>
    > | null
  } | null
}

export interface RawRestriction {
  readonly type: string
  readonly relation?: string
  readonly wildcard?: object
  readonly condition?: string
}

export interface RawRewrite {
  readonly this?: object
  readonly computedUserset?: { readonly relation?: string }
  readonly tupleToUserset?: {
    readonly tupleset: { readonly relation?: string }
    readonly computedUserset: { readonly relation?: string }
  }
  readonly union?: { readonly child: readonly RawRewrite[] }
  readonly intersection?: { readonly child: readonly RawRewrite[] }
  readonly difference?: { readonly base: RawRewrite; readonly subtract: RawRewrite }
}

export interface RawCondition {
  readonly name: string
  readonly expression: string
  readonly parameters?: Readonly<
    Record<string, { readonly type_name: string; readonly generic_types?: readonly { readonly type_name: string }[] }>
  >
}

export type Transformed =
  | { readonly ok: true; readonly raw: RawModel }
  | { readonly ok: false; readonly problems: readonly ModelProblem[] }

/** The official transformer's reading of a model's text. */
export function transform(dsl: string): Transformed {
  try {
    return { ok: true, raw: transformer.transformDSLToJSONObject(dsl) as RawModel }
  } catch (error) {
    const problems = problemsOf(error)
    return { ok: false, problems: problems.length > 0 ? problems : [unreadableFrom(dsl)] }
  }
}

/** What the official validator finds wrong. It crashes on some sound models, which says nothing: then null. */
export function officialProblems(raw: RawModel, dsl: string): readonly ModelProblem[] | null {
  try {
    validator.validateJSON(raw as Parameters<typeof validator.validateJSON>[0], {}, dsl)
    return []
  } catch (error) {
    const problems = problemsOf(error)
    return problems.length > 0 ? problems : null
  }
}

interface Located {
  readonly msg?: string
  readonly line?: { readonly start: number }
  readonly column?: { readonly start: number }
}

function problemsOf(error: unknown): ModelProblem[] {
  const errors = (error as { errors?: unknown } | null)?.errors
  if (!Array.isArray(errors)) return []
  return (errors as Located[]).map(e => ({
    line: Math.max(e.line?.start ?? 0, 0) + 1,
    column: Math.max(e.column?.start ?? 0, 0) + 1,
    message: tidy(e.msg ?? 'the model cannot be read'),
  }))
}

function tidy(message: string): string {
  const quoted = message.replace(/'((?:[^'\\]|\\.)*)'/g, '`$1`').replace(/\.\s*$/, '')
  return quoted.charAt(0).toLowerCase() + quoted.slice(1)
}

/** Where the transformer gives up without saying where: the first line without which the text before it is read. */
function unreadableFrom(dsl: string): ModelProblem {
  const lines = dsl.split('\n')
  let low = 0
  let high = lines.length
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if (givesUp(lines.slice(0, middle).join('\n'))) high = middle
    else low = middle
  }
  return { line: high, column: 1, message: `cannot read \`${(lines[high - 1] ?? '').trim().slice(0, 80)}\`` }
}

function givesUp(dsl: string): boolean {
  try {
    transformer.transformDSLToJSONObject(dsl)
    return false
  } catch (error) {
    return problemsOf(error).length === 0
  }
}

/** The official transformer's text of a model in JSON. */
export function write(raw: RawModel): { ok: true; dsl: string } | { ok: false; why: string } {
  try {
    return { ok: true, dsl: transformer.transformJSONStringToDSL(JSON.stringify(raw)) }
  } catch (error) {
    return { ok: false, why: tidy(error instanceof Error ? error.message : 'the model cannot be read') }
  }
}
