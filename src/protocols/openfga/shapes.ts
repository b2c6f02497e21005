import { z } from 'zod'
import { jsonObject } from '../authzen/shapes.ts'

const optionalText = z.string().nullish()

/** Checks that one call may ask for. */
export const MOST_CHECKS = 50

/** What texts look like that the hottest calls carry. */
export const FORMS = {
  ulid: /^[ABCDEFGHJKMNPQRSTVWXYZ0-9]{26}$/,
  relation: /^[^:#@\s]{1,50}$/,
  object: /^[^\s]{2,256}$/,
  user: /^[^\s]{2,512}$/,
  correlation: /^[\w-]{1,36}$/,
} as const

export const ulid = z.string().regex(FORMS.ulid, 'expected a ULID')
export const modelRef = z.union([ulid, z.literal('')]).nullish()
const relation = z.string().regex(FORMS.relation, 'expected the name of a relation')
const object = z.string().regex(FORMS.object, 'expected `type:id`')
export const typeName = z.string().regex(/^[^:#@\s]{1,254}$/, 'expected the name of a type')
const bytes = (most: number) => (text: string) => Buffer.byteLength(text) <= most

/** A preference that is not known is none, as OpenFGA has it. */
export const consistency = z.string().nullish()
export const context = jsonObject.nullish()

export const checkKey = z.object({
  user: z.string().regex(FORMS.user, 'expected `type:id`, `type:*` or `type:id#relation`'),
  relation,
  object,
})
const condition = z.object({ name: z.string().regex(/^[^\s]{2,256}$/, 'expected the name of a condition'), context })
export const tupleKey = z.object({
  user: z.string().refine(bytes(512), 'expected at most 512 bytes'),
  relation,
  object,
  condition: condition.nullish(),
})
const deletedKey = z.object({ user: z.string().refine(bytes(512), 'expected at most 512 bytes'), relation, object })
export const contextual = z.object({ tuple_keys: z.array(tupleKey).max(100).default([]) }).nullish()

const tokenText = z
  .string()
  .max(5120)
  .regex(/^$|^[A-Za-z0-9\-_]+={0,2}$/, 'expected a continuation token')

export const check = z.object({
  tuple_key: checkKey,
  contextual_tuples: contextual,
  authorization_model_id: modelRef,
  trace: z.boolean().nullish(),
  context,
  consistency,
})
export const batchCheck = z.object({
  checks: z
    .array(
      z.object({
        tuple_key: checkKey,
        contextual_tuples: contextual,
        context,
        correlation_id: z.string().regex(FORMS.correlation, 'expected 1 to 36 letters, digits, `_` and `-`'),
      }),
    )
    .min(1)
    .max(MOST_CHECKS),
  authorization_model_id: modelRef,
  consistency,
})
export const expand = z.object({
  tuple_key: z.object({ relation, object }),
  authorization_model_id: modelRef,
  contextual_tuples: contextual,
  consistency,
})
export const listObjects = z.object({
  authorization_model_id: modelRef,
  type: typeName,
  relation,
  user: z.string().min(1).refine(bytes(512), 'expected at most 512 bytes'),
  contextual_tuples: contextual,
  context,
  consistency,
})
export const listUsers = z.object({
  authorization_model_id: modelRef,
  object: z.object({ type: typeName, id: z.string().min(1).max(256) }),
  relation,
  user_filters: z.array(z.object({ type: typeName, relation: z.union([relation, z.literal('')]).nullish() })).length(1),
  contextual_tuples: z.array(tupleKey).max(100).nullish(),
  context,
  consistency,
})
export const read = z.object({
  tuple_key: z
    .object({
      user: optionalText.refine(text => bytes(512)(text ?? ''), 'expected at most 512 bytes'),
      relation: z.union([relation, z.literal('')]).nullish(),
      object: z.union([object, z.literal('')]).nullish(),
    })
    .nullish(),
  page_size: z.int().min(1, 'expected 1 to 100').max(100, 'expected 1 to 100').nullish(),
  continuation_token: tokenText.nullish(),
  consistency,
})
export const write = z.object({
  writes: z.object({ tuple_keys: z.array(tupleKey).min(1), on_duplicate: optionalText }).nullish(),
  deletes: z.object({ tuple_keys: z.array(deletedKey).min(1), on_missing: optionalText }).nullish(),
  authorization_model_id: modelRef,
})
export const model = z.object({
  schema_version: z.enum(['1.0', '1.1', '1.2']),
  type_definitions: z.array(z.looseObject({ type: z.string() })).min(1),
  conditions: jsonObject.nullish(),
})
const assertion = z.object({
  tuple_key: checkKey,
  expectation: z.boolean().default(false),
  contextual_tuples: z.array(tupleKey).max(20).nullish(),
  context,
})
export const assertions = z.object({ assertions: z.array(assertion).max(100).default([]) })
export const store = z.object({
  name: z.string().regex(/^[a-zA-Z0-9\s.\-/^_&@]{3,64}$/, 'expected 3 to 64 letters, digits and `.-/^_&@`'),
})

export const token = tokenText.optional()
export const pageSize = z.coerce.number().int().min(1, 'expected 1 to 100').max(100, 'expected 1 to 100').default(50)

/** An answer as it is documented: an object with these members. */
export const answer = (...members: readonly string[]) =>
  z.looseObject(Object.fromEntries(members.map(name => [name, z.unknown()])))
