import type { Entity } from '../policy/entity.ts'
import type { Answer, EntitySet, Holder, RelationQuestion } from '../policy/question.ts'
import type { KeyRecord } from './store.ts'

/** The type of API keys as subjects. No org's model may define it. */
export const KEY_TYPE = 'key'

/**
 * What roles a key holds: its own role on its own org, and on every org where it is a key of the instance. A revoked
 * key holds none.
 */
export function answerForKey(
  object: Entity,
  relation: string,
  id: string,
  find: (id: string) => KeyRecord | undefined,
): Answer {
  const key = find(id)
  const holds =
    key !== undefined &&
    key.revokedAt === null &&
    object.type === 'org' &&
    relation === key.role &&
    (key.org === null || key.org === object.id)
  if (!holds) return { kind: 'truth', truth: 'no' }
  const tuple = { object: `org:${object.id}`, relation: key.role, user: `${KEY_TYPE}:${id}` }
  return { kind: 'truth', truth: 'yes', proof: () => [tuple] }
}

/** Whether a question's chain leads through API keys, whose roles are in no graph. */
export const leadsThroughKeys = ({ object, user }: RelationQuestion): boolean =>
  namesKey(user) || ('kind' in object && namesKey(object))

function namesKey(holder: Holder | EntitySet): boolean {
  if (holder.kind === 'entity') return holder.entity.type === KEY_TYPE
  return holder.type === KEY_TYPE || namesKey(holder.kind === 'some' ? holder.of : holder.on)
}
