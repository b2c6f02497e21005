import type { z } from 'zod'
import type { JsonObject } from '../../policy/json.ts'
import { type evaluation, LONGEST } from './shapes.ts'

type Evaluation = z.infer<typeof evaluation>

/**
 * A body that is plainly an evaluation, as it stands, unknown members and all; null for any other, which the schema then
 * takes or tells what is wrong with. INVARIANT: takes nothing that the schema `evaluation` would not.
 */
export function plainEvaluation(value: unknown): Evaluation | null {
  if (!isObject(value)) return null
  const { subject, action, resource, context, capability, spend } = value
  const plain =
    isEntity(subject) &&
    isEntity(resource) &&
    isObject(action) &&
    isName(action.name) &&
    isObjectOrAbsent(action.properties) &&
    isObjectOrAbsent(context) &&
    capability === undefined &&
    spend === undefined
  return plain ? (value as unknown as Evaluation) : null
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isObjectOrAbsent = (value: unknown): boolean => value === undefined || isObject(value)

const isName = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= LONGEST

const isEntity = (value: unknown): boolean =>
  isObject(value) && isName(value.type) && isName(value.id) && isObjectOrAbsent(value.properties)
