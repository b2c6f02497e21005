import type { StoredTuple } from '../facts/store.ts'
import type { TupleText } from '../policy/question.ts'
import { parseUser } from '../relations/tuple.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { readTuples } from './relations.ts'
import { asked, serverOf } from './server-of.ts'
import type { Service } from './service.ts'

/** A tuple with when it was written, in milliseconds since the epoch. */
export interface DatedTuple extends StoredTuple {
  readonly at: number
}

/** A page of an org's tuples, whoever has them. Fails as `readTuples`, and with `invalid_request` for what a server cannot look for. */
export async function tuplesOf(
  service: Service,
  state: OrgState,
  filter: Parameters<typeof readTuples>[1],
  limit: number,
  token: string | null,
): Promise<{ readonly tuples: readonly DatedTuple[]; readonly nextToken: string }> {
  const away = serverOf(service.servers, state)
  if (away !== null) {
    const page = away.server.read(away.storeId, serverFilter(filter), limit, token ?? '')
    const { tuples, nextToken } = await asked(away.server, page)
    return { tuples: tuples.map(tuple => ({ ...tuple, at: Date.parse(tuple.at) })), nextToken }
  }
  const page = readTuples(state, filter, limit, token)
  const times = await service.store.writtenAt(state.org.slug, page.tuples)
  const tuples = page.tuples.flatMap((tuple, i) => {
    const at = times[i] ?? null
    return at === null ? [] : [{ ...tuple, at }]
  })
  return { tuples, nextToken: page.nextToken }
}

/** A server looks by object, or by the type of one and a user. */
function serverFilter({ type, object, relation, user }: Parameters<typeof readTuples>[1]): Partial<TupleText> {
  const given = [type, object, relation, user].some(one => one !== undefined)
  if (!given) return {}
  if (object !== undefined && parseUser(object)?.kind !== 'entity') throw notEntity(object)
  if (user !== undefined && parseUser(user) === null) throw notEntity(user)
  if (object === undefined && (type === undefined || user === undefined)) {
    throw new PdpError(
      'invalid_request',
      'the relations server of this org looks for tuples of an object only; name it',
    )
  }
  return {
    object: object ?? `${type}:`,
    ...(relation !== undefined && { relation }),
    ...(user !== undefined && { user }),
  }
}

const notEntity = (text: string): PdpError =>
  new PdpError('invalid_tuple', `\`${text}\` is no entity; expected \`type:id\``)
