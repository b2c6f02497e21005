import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf, type Principal } from '../../pdp/keys.ts'
import { type Entity, parseEntity, sameEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Resource, Subject } from '../../policy/request.ts'
import { jsonObject, LONGEST } from '../authzen/shapes.ts'

const name = z.string().min(1).max(LONGEST)
/** Ids are texts; older clients send numbers. */
export const id = z.union([name, z.int()]).transform(String)
const attributes = { properties: jsonObject.nullish(), attributes: jsonObject.nullish() }

/** Who is asked about: `{type, id}`, `type:id`, the id of a user, or `user_id`. */
export const subjectMembers = {
  subject: z.union([z.object({ type: name, id, ...attributes }), name]).nullish(),
  user_id: id.nullish(),
}
/** What it is done to: `{type, id}`, `type:id`, or a type alone. */
export const resourceMember = z.union([z.object({ type: name, id: id.nullish(), ...attributes }), name]).nullish()

interface Given {
  readonly type: string
  readonly id?: string | null | undefined
  readonly properties?: JsonObject | null | undefined
  readonly attributes?: JsonObject | null | undefined
}

export interface Asked {
  readonly subject?: (Given & { readonly id: string }) | string | null | undefined
  readonly user_id?: string | null | undefined
}

/** Whom a question is about, with whoever acts for them. `own`: the caller asks about itself. */
export interface Asker {
  readonly subject: Subject
  readonly actors: readonly Entity[]
  readonly own: boolean
}

/** Fails with `invalid_request` where two members name different subjects. */
export function askerOf(principal: Principal, { subject, user_id }: Asked): Asker {
  const caller = chainOf(principal)
  const given = subject == null ? null : typeof subject === 'string' ? subjectIn(subject) : withAttributes(subject)
  const user = user_id == null ? null : userIn(user_id)
  if (given !== null && user !== null && given.id !== user.id) {
    throw new PdpError('invalid_request', '`subject` and `user_id` name different subjects; send one of them')
  }
  const asked = given ?? user
  if (asked === null || sameEntity(asked, caller.subject)) {
    return { subject: { ...asked, ...caller.subject }, actors: caller.actors, own: true }
  }
  return { subject: asked, actors: [], own: false }
}

/** A subject as text: `type:id`, or the bare id of a user. */
export const subjectIn = (text: string): Entity => parseEntity(text) ?? { type: 'user', id: text }

const userIn = (text: string): Entity => ({ type: 'user', id: text.startsWith('user:') ? text.slice(5) : text })

export function resourceIn(given: Given | string | null | undefined): Resource | null {
  if (given == null) return null
  if (typeof given === 'string') return parseEntity(given) ?? { type: given, id: null }
  return withAttributes({ ...given, id: given.id ?? null })
}

function withAttributes<Id extends string | null>({ type, id, properties, attributes }: Given & { readonly id: Id }) {
  const told = properties ?? attributes
  return told == null ? { type, id } : { type, id, properties: told }
}

/** How an answer names the subject. Clients of all ages read `user_id`, whatever the subject is. */
export const subjectAnswer = { subject_type: z.string(), subject_id: z.string(), user_id: z.string() }

export const namesOf = ({ subject }: Pick<Asker, 'subject'>) => ({
  subject_type: subject.type,
  subject_id: subject.id,
  user_id: subject.id,
})
