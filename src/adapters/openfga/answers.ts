import { z } from 'zod'
import type { StoredTuple } from '../../facts/store.ts'
import type { JsonObject } from '../../policy/json.ts'

/** What a server answers, as far as it is read. What has not the form is no answer. */
const jsonObject = z.record(z.string(), z.json()) as z.ZodType<JsonObject>

export const anything = z.looseObject({}) as z.ZodType<JsonObject>

export const checked = z.object({
  result: z.record(
    z.string(),
    z.object({
      allowed: z.boolean().optional(),
      error: z
        .object({ input_error: z.string().optional(), internal_error: z.string().optional(), message: z.string() })
        .nullish(),
    }),
  ),
})

export const listed = z.array(z.string())

export const users = z.object({
  users: z.array(
    z.object({
      object: z.object({ type: z.string(), id: z.string() }).nullish(),
      userset: z.object({ type: z.string(), id: z.string(), relation: z.string() }).nullish(),
      wildcard: z.object({ type: z.string() }).nullish(),
    }),
  ),
})

const key = z.object({
  object: z.string(),
  relation: z.string(),
  user: z.string(),
  condition: z.object({ name: z.string(), context: jsonObject.nullish() }).nullish(),
})

export const readTuples = z.object({
  tuples: z.array(z.object({ key, timestamp: z.string() })),
  continuation_token: z.string(),
})

export const readChanges = z.object({
  changes: z.array(
    z.object({
      tuple_key: key,
      operation: z.enum(['TUPLE_OPERATION_WRITE', 'TUPLE_OPERATION_DELETE']),
    }),
  ),
  continuation_token: z.string(),
})

export const madeStore = z.object({ id: z.string().min(1) })
export const madeModel = z.object({ authorization_model_id: z.string().min(1) })
export const model = z.object({ authorization_model: jsonObject })

export const storedOf = ({ object, relation, user, condition }: z.infer<typeof key>): StoredTuple => ({
  object,
  relation,
  user,
  condition: condition ? { name: condition.name, context: condition.context ?? {} } : null,
})
