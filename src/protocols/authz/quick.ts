import type { z } from 'zod'
import type { Json, JsonObject } from '../../policy/json.ts'
import { LONGEST } from '../authzen/shapes.ts'
import { isListOf, isObject, isObjectOrNone, isText } from '../plain.ts'
import { MOST_PERMISSIONS, type permissionCheck, type permissionChecks } from './permission-shapes.ts'

type One = z.infer<typeof permissionCheck>
type Many = z.infer<typeof permissionChecks>

/**
 * A body that is plainly a check of a permission, as it stands, with ids that are texts. INVARIANT: takes nothing that the schema
 * `permissionCheck` would not.
 */
export function plainPermission(value: unknown): One | null {
  if (!isObject(value)) return null
  const { permission, spend, idempotency_key } = value
  const plain = isName(permission) && isCommon(value) && spend === undefined && idempotency_key === undefined
  return plain ? (value as unknown as One) : null
}

/** The same for several at once. INVARIANT: takes nothing that the schema `permissionChecks` would not. */
export function plainPermissions(value: unknown): Many | null {
  if (!isObject(value)) return null
  return isListOf(value.permissions, MOST_PERMISSIONS, isName) && isCommon(value) ? (value as unknown as Many) : null
}

const isCommon = ({ subject, user_id, resource, context, capability }: JsonObject): boolean =>
  isOneOf(subject, true) &&
  (user_id == null || isName(user_id)) &&
  isOneOf(resource, false) &&
  isObjectOrNone(context) &&
  capability == null

/** None, a text, or a type with an id. */
function isOneOf(value: Json | undefined, needsId: boolean): boolean {
  if (value == null || isName(value)) return true
  if (!isObject(value) || !isName(value.type)) return false
  const { id, properties, attributes } = value
  return (isName(id) || (!needsId && id == null)) && isObjectOrNone(properties) && isObjectOrNone(attributes)
}

const isName = (value: unknown): boolean => isText(value, LONGEST)
