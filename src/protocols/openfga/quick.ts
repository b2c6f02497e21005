import type { z } from 'zod'
import type { Json } from '../../policy/json.ts'
import { isListOf, isObject, isObjectOrNone, matches } from '../plain.ts'
import { type batchCheck, type check, FORMS, MOST_CHECKS } from './shapes.ts'

type Check = z.infer<typeof check>
type BatchCheck = z.infer<typeof batchCheck>

/** A body that is plainly a check, as it stands. INVARIANT: takes nothing that the schema `check` would not. */
export function plainCheck(value: unknown): Check | null {
  if (!isObject(value)) return null
  const { trace, authorization_model_id: model, consistency } = value
  const plain = isQuestion(value) && isModel(model) && isTextOrNone(consistency) && (trace == null || isFlag(trace))
  return plain ? (value as unknown as Check) : null
}

/** The same for several at once. INVARIANT: takes nothing that the schema `batchCheck` would not. */
export function plainBatchCheck(value: unknown): BatchCheck | null {
  if (!isObject(value)) return null
  const { checks, authorization_model_id: model, consistency } = value
  const plain = isListOf(checks, MOST_CHECKS, isItem) && isModel(model) && isTextOrNone(consistency)
  return plain ? (value as unknown as BatchCheck) : null
}

const isItem = (item: Json): boolean =>
  isObject(item) && isQuestion(item) && matches(item.correlation_id, FORMS.correlation)

function isQuestion({
  tuple_key: key,
  contextual_tuples: contextual,
  context,
}: Readonly<Record<string, Json>>): boolean {
  return (
    isObject(key) &&
    matches(key.user, FORMS.user) &&
    matches(key.relation, FORMS.relation) &&
    matches(key.object, FORMS.object) &&
    contextual == null &&
    isObjectOrNone(context)
  )
}

const isModel = (value: unknown): boolean => value == null || value === '' || matches(value, FORMS.ulid)

const isTextOrNone = (value: unknown): boolean => value == null || typeof value === 'string'

const isFlag = (value: unknown): boolean => typeof value === 'boolean'
