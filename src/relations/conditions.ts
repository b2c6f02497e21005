import type { Json, JsonObject } from '../policy/json.ts'
import type { ConditionTest } from '../policy/question.ts'
import { checkExpr } from './cel/check.ts'
import { constantFault } from './cel/constant.ts'
import { evaluate, spent } from './cel/evaluate.ts'
import { type Expr, parseExpr } from './cel/expr.ts'
import { coerce } from './cel/parameters.ts'
import { printType, readType, type Type } from './cel/types.ts'
import { isFault, type Value } from './cel/value.ts'
import type { ConditionDef, Model } from './schema.ts'

/** OpenFGA's own limit on what evaluating one condition may cost. */
export const CONDITION_COST = 100

/**
 * What a condition comes to. `missing`: parameters that neither the tuple nor the request gave, sorted. `failed`: a
 * parameter of the wrong type, an expression that cannot be worked out on these, or one that costs too much.
 */
export type Outcome =
  | { readonly kind: 'met' }
  | { readonly kind: 'unmet' }
  | { readonly kind: 'missing'; readonly parameters: readonly string[]; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

export interface Condition {
  readonly name: string
  readonly parameters: ReadonlyMap<string, Type>
  readonly expr: Expr
  readonly vague: ReadonlySet<number>
}

export type CompiledCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly why: string }

/** Reads and checks a condition: its expression must give a yes or a no on parameters of the types it names. */
export function compileCondition(def: ConditionDef): CompiledCondition {
  const parameters = new Map(def.parameters.map(p => [p.name, readType(p.type)]))
  const parsed = parseExpr(def.expression)
  if (!parsed.ok) return { ok: false, why: parsed.why }
  const checked = checkExpr(parsed.expr, parameters)
  if (!checked.ok) return checked
  const { type } = checked
  if (type.kind !== 'plain' || type.name !== 'bool') {
    return { ok: false, why: `it must give a bool, not \`${printType(type)}\`` }
  }
  const fault = constantFault(parsed.expr)
  if (fault !== null) return { ok: false, why: fault }
  return { ok: true, condition: { name: def.name, parameters, expr: parsed.expr, vague: checked.vague } }
}

const compiled = new WeakMap<Model, Map<string, CompiledCondition>>()

/** A condition of a model, compiled once; null where the model has none of that name. */
export function conditionOf(model: Model, name: string): CompiledCondition | null {
  const known = compiled.get(model) ?? new Map<string, CompiledCondition>()
  compiled.set(model, known)
  const found = known.get(name)
  if (found !== undefined) return found
  const def = model.conditions.get(name)
  if (def === undefined) return null
  const made = compileCondition(def)
  known.set(name, made)
  return made
}

/** Evaluates a condition of a model. What is stored with the tuple overrides what the request says. */
export function evaluateCondition(model: Model, name: string, stored: JsonObject, request: JsonObject): Outcome {
  const found = conditionOf(model, name)
  if (found === null) return { kind: 'failed', why: `condition \`${name}\` is not in the model` }
  if (!found.ok) return { kind: 'failed', why: `condition \`${name}\` cannot be evaluated: ${found.why}` }
  const { parameters, expr, vague } = found.condition
  const values = new Map<string, Value>()
  const missing: string[] = []
  for (const [parameter, type] of parameters) {
    const json = own(stored, parameter) ?? own(request, parameter)
    if (json === undefined) {
      missing.push(parameter)
      continue
    }
    const value = coerce(json, type)
    if (isFault(value)) {
      return { kind: 'failed', why: `condition \`${name}\` cannot take \`${parameter}\`: ${value.why}` }
    }
    values.set(parameter, value)
  }
  if (missing.length > 0) {
    missing.sort()
    const names = missing.map(m => `\`${m}\``).join(', ')
    return { kind: 'missing', parameters: missing, why: `condition \`${name}\` lacks ${names} in the context` }
  }
  const x = { cost: 0, most: CONDITION_COST, vague }
  const result = evaluate(x, expr, values)
  if (spent(x)) return { kind: 'failed', why: `condition \`${name}\` costs more than ${CONDITION_COST} to evaluate` }
  if (isFault(result)) return { kind: 'failed', why: `condition \`${name}\` cannot be evaluated: ${result.why}` }
  if (typeof result !== 'boolean') return { kind: 'failed', why: `condition \`${name}\` gives no yes and no no` }
  return { kind: result ? 'met' : 'unmet' }
}

const own = (context: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(context, name) ? context[name] : undefined

const tests = new WeakMap<Model, ConditionTest>()

/** Evaluates the conditions of one model, for whoever holds facts that were read under it. */
export function conditionTest(model: Model): ConditionTest {
  const known = tests.get(model)
  if (known !== undefined) return known
  const test: ConditionTest = (name, stored, context) => {
    const outcome = evaluateCondition(model, name, stored, context)
    if (outcome.kind === 'met') return { truth: 'yes' }
    return outcome.kind === 'unmet' ? { truth: 'no' } : { truth: 'unknown', why: outcome.why }
  }
  tests.set(model, test)
  return test
}
