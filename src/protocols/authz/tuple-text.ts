import { z } from 'zod'
import type { Entity } from '../../policy/entity.ts'
import { parseUser, type TupleUser } from '../../relations/tuple.ts'
import { jsonObject, LONGEST } from '../authzen/shapes.ts'
import { AuthzError } from './error.ts'

const text = z.string().min(1).max(LONGEST).nullish()
const id = z
  .union([z.string().min(1).max(LONGEST), z.int()])
  .transform(String)
  .nullish()

/** A tuple in every spelling there is: its text, three texts, or split up. */
export const tupleMembers = {
  tuple: text,
  object: text,
  object_type: text,
  object_id: id,
  relation: text,
  permission: text,
  subject: text,
  user: text,
  user_type: text,
  user_id: id,
  subject_type: text,
  subject_id: id,
  subject_relation: text,
}

export type TupleGiven = { readonly [Member in keyof typeof tupleMembers]?: string | null | undefined }

export const callContext = jsonObject.nullish()

/** The parts that were given, each as text; null for one that was not. */
export interface Parts {
  readonly object: string | null
  readonly relation: string | null
  readonly subject: string | null
  /** Whether the parts came split up. */
  readonly split: boolean
}

const HASH_FORM = /^([^#@]+)#([^#@]+)@([^@]+)$/
const COLON_FORM = /^([^:#@]+:[^:#@]+):([^:#@]+):([^:#@]+:[^:#@]+(?:#[^:#@]+)?)$/

/** Fails with `MISSING_FIELDS` where a text is no tuple. */
export function partsOf(given: TupleGiven): Parts {
  if (given.tuple != null) {
    const [, object, relation, subject] = HASH_FORM.exec(given.tuple) ?? COLON_FORM.exec(given.tuple) ?? []
    if (object === undefined || relation === undefined || subject === undefined) {
      throw new AuthzError(
        'MISSING_FIELDS',
        '`tuple`: expected `object#relation@subject`, as in `document:1#viewer@user:ann`',
      )
    }
    return { object, relation, subject, split: false }
  }
  const joined = pair(given.object_type, given.object_id)
  const who = pair(given.user_type, given.user_id) ?? pair(given.subject_type, given.subject_id)
  const set = who !== null && given.subject_relation != null ? `${who}#${given.subject_relation}` : who
  return {
    object: given.object ?? joined,
    relation: given.relation ?? given.permission ?? null,
    subject: given.subject ?? given.user ?? set,
    split: given.object == null && joined !== null,
  }
}

const pair = (type: string | null | undefined, id: string | null | undefined): string | null =>
  type != null && id != null ? `${type}:${id}` : null

export const missing = (...members: readonly string[]): AuthzError =>
  new AuthzError('MISSING_FIELDS', `expected ${members.map(m => `\`${m}\``).join(', ')}`)

/** Fails with `ZANZIBAR_CHECK_FAILED` for what has not the form `type:id`. */
export function objectIn(object: string): Entity {
  const parsed = parseUser(object)
  if (parsed?.kind === 'entity') return parsed.entity
  throw new AuthzError('ZANZIBAR_CHECK_FAILED', `expected an object such as \`document:1\`, not \`${object}\``)
}

/** Fails with `ZANZIBAR_CHECK_FAILED` for what is neither `type:id`, `type:*` nor `type:id#relation`. */
export function subjectIn(subject: string): TupleUser {
  const parsed = parseUser(subject)
  if (parsed !== null) return parsed
  const expected = 'expected a subject such as `user:ann`, `user:*` or `team:eng#member`'
  throw new AuthzError('ZANZIBAR_CHECK_FAILED', `${expected}, not \`${subject}\``)
}
