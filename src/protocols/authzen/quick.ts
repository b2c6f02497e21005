import type { z } from 'zod'
import { isListOf, isObject, isObjectOrAbsent, isText } from '../plain.ts'
import { type evaluation, type evaluations, LONGEST, MOST_EVALUATIONS, semantics } from './shapes.ts'

type Evaluation = z.infer<typeof evaluation>
type Evaluations = z.infer<typeof evaluations>

/**
 * A body that is plainly an evaluation, as it stands, unknown members and all; null for any other, which the schema then
 * takes or tells what is wrong with. INVARIANT: takes nothing that the schema `evaluation` would not.
 */
export function plainEvaluation(value: unknown): Evaluation | null {
  if (!isObject(value)) return null
  const { subject, action, resource, context, capability, spend, idempotency_key } = value
  const plain =
    isEntity(subject) &&
    isEntity(resource) &&
    isObject(action) &&
    isName(action.name) &&
    isObjectOrAbsent(action.properties) &&
    isObjectOrAbsent(context) &&
    capability === undefined &&
    spend === undefined &&
    idempotency_key === undefined
  return plain ? (value as unknown as Evaluation) : null
}

/** The same for several at once. INVARIANT: takes nothing that the schema `evaluations` would not. */
export function plainEvaluations(value: unknown): Evaluations | null {
  if (!isObject(value)) return null
  const { capability, evaluations, options } = value
  if (capability !== undefined || !isOptions(options)) return null
  return isListOf(evaluations, MOST_EVALUATIONS, isObject) ? (value as unknown as Evaluations) : null
}

function isOptions(value: unknown): boolean {
  if (value === undefined) return true
  if (!isObject(value)) return false
  const { evaluations_semantic: semantic, explain } = value
  if (explain !== undefined && typeof explain !== 'boolean') return false
  return semantic === undefined || semantics.some(one => one === semantic)
}

const isName = (value: unknown): boolean => isText(value, LONGEST)

const isEntity = (value: unknown): boolean =>
  isObject(value) && isName(value.type) && isName(value.id) && isObjectOrAbsent(value.properties)
