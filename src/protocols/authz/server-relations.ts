import type { OrgState } from '../../pdp/org.ts'
import { askRaw, listObjectsOf, listUsersOf, ServerRefusal } from '../../pdp/server-ask.ts'
import { type ServerOf, serverOf } from '../../pdp/server-of.ts'
import type { Service } from '../../pdp/service.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { TupleText } from '../../policy/question.ts'
import { AuthzError } from './error.ts'
import { type Holders, mustKnow } from './relations.ts'

/** Where a question about a relation is asked of a server; null where the org has its tuples itself. */
export function serverFor(service: Service, state: OrgState, type: string, relation: string): ServerOf | null {
  const away = serverOf(service.servers, state)
  if (away !== null) mustKnow(state, type, relation)
  return away
}

/** Fails with `ZANZIBAR_CHECK_FAILED` where the server cannot decide it. */
export const holdsThere = async (away: ServerOf, asked: TupleText, context: JsonObject): Promise<boolean> => {
  const { object, relation, user } = asked
  const { allowed } = await told(askRaw(away, 'check', { tuple_key: { object, relation, user }, context }))
  if (typeof allowed !== 'boolean') throw new AuthzError('ZANZIBAR_CHECK_FAILED', 'the server gave no answer')
  return allowed
}

export const objectsThere = async (
  away: ServerOf,
  type: string,
  relation: string,
  user: string,
  context: JsonObject,
) => {
  const { ids } = await told(listObjectsOf(away, type, relation, user, { context, higher: true }))
  return ids.toSorted()
}

/** Whom a relation of everyone excepts a server does not list. */
export async function holdersThere(
  away: ServerOf,
  object: Entity,
  relation: string,
  of: string,
  context: JsonObject,
): Promise<Holders> {
  const [type = '', set = null] = of.split('#')
  const users = { type, relation: set }
  const { ids, everyone } = await told(
    listUsersOf(away, printEntity(object), relation, users, { context, higher: true }),
  )
  if (!everyone) return { ids: ids.toSorted(), wildcard: false, except: [] }
  const why = `everyone of \`${type}\` holds it, and whom it excepts the relations server does not say`
  throw new AuthzError('ZANZIBAR_CHECK_FAILED', why)
}

const told = <T>(call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw error instanceof ServerRefusal ? new AuthzError('ZANZIBAR_CHECK_FAILED', error.message) : error
  })
