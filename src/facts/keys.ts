import type { Answer, RelationQuestion } from '../policy/question.ts'
import type { KeyRecord } from './store.ts'

/** The type of API keys as subjects. No org's model may define it. */
export const KEY_TYPE = 'key'

/**
 * What roles a key holds: its own role on its own org, and on every org where it is a key of the instance. A revoked
 * key holds none.
 */
export function answerForKey(
  question: RelationQuestion,
  id: string,
  find: (id: string) => KeyRecord | undefined,
): Answer {
  const key = find(id)
  const holds =
    key !== undefined &&
    key.revokedAt === null &&
    question.object.type === 'org' &&
    question.relation === key.role &&
    (key.org === null || key.org === question.object.id)
  if (!holds) return { kind: 'truth', truth: 'no' }
  const tuple = { object: `org:${question.object.id}`, relation: key.role, user: `${KEY_TYPE}:${id}` }
  return { kind: 'truth', truth: 'yes', proof: () => [tuple] }
}
