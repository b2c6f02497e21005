import { type Entity, printEntity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import type { ServerList } from './server.ts'
import { type ServerAsk, serverFault } from './server-asking.ts'

/** Candidates for membership of a set. Where it is not `complete`, or `everyone` is in it, others may be too. */
export interface Members {
  readonly entities: readonly Entity[]
  readonly everyone: boolean
  readonly complete: boolean
  /** Why it is not complete. */
  readonly why?: string
  readonly away?: true
}

/** Candidates tried one by one. */
const MOST_MEMBERS = 300

/** Who may be in a set, as the server's lists tell. */
export async function gather(a: ServerAsk, set: EntitySet): Promise<Members> {
  if (set.kind === 'some') {
    const users = await namesOf(a, set.of)
    const lists = users.names.map(user =>
      listed(a, set.type, () => a.server.listObjects(a.place, set.type, set.relation, user, a.how)),
    )
    return union([...(await Promise.all(lists)), users.rest])
  }
  if (set.on.kind === 'entity') return union([await listOf(a, set.on.entity, set.relation, set.type)])
  const on = await gather(a, set.on)
  const lists = await Promise.all(on.entities.map(one => listOf(a, one, set.relation, set.type)))
  return union([...lists, openEnd(on)])
}

/** Who holds a relation on an object. */
export const listOf = (a: ServerAsk, object: Entity, relation: string, type: string): Promise<Members> =>
  listed(a, type, () => a.server.listUsers(a.place, printEntity(object), relation, { type, relation: null }, a.how))

/** As what the members of a holder may be named in tuples: themselves, and for a `some` the set it asks for. */
async function namesOf(
  a: ServerAsk,
  of: Holder,
): Promise<{ readonly names: readonly string[]; readonly rest: Members }> {
  if (of.kind === 'entity') return { names: [printEntity(of.entity)], rest: NOBODY }
  const members = await gather(a, of)
  const names = members.entities.map(printEntity)
  const sets = of.kind === 'some' ? names.map(name => `${name}#${of.relation}`) : []
  return { names: [...names, ...sets], rest: openEnd(members) }
}

const NOBODY: Members = { entities: [], everyone: false, complete: true }

/** What a set that could not be listed whole leaves of whatever is listed from it. */
function openEnd({ everyone, complete, why, away }: Members): Members {
  if (complete && !everyone) return NOBODY
  return {
    entities: [],
    everyone: false,
    complete: false,
    why: why ?? 'a chain of relations leads through everyone',
    ...(away && { away }),
  }
}

async function listed(a: ServerAsk, type: string, list: () => Promise<ServerList>): Promise<Members> {
  if (--a.meter.left < 0) return { ...NOBODY, complete: false, why: 'the question takes too many calls' }
  try {
    const { ids, everyone, complete } = await list()
    const entities = ids.map(id => ({ type, id }))
    const why = `the relations server \`${a.server.name}\` may not have listed everything`
    return { entities, everyone, complete, ...(!complete && { why }) }
  } catch (error) {
    const { why = '', away } = serverFault(a.server.name, error)
    return { ...NOBODY, complete: false, why, ...(away && { away }) }
  }
}

/** Each once, and no more than are worth a check. */
export function union(lists: readonly Members[]): Members {
  const entities = new Map(lists.flatMap(m => m.entities).map(one => [printEntity(one), one]))
  const fault = lists.find(m => !m.complete)
  const kept = [...entities.values()].slice(0, MOST_MEMBERS)
  const everyone = lists.some(m => m.everyone)
  if (fault !== undefined) return { ...fault, entities: kept, everyone }
  if (kept.length === entities.size) return { entities: kept, everyone, complete: true }
  return {
    entities: kept,
    everyone,
    complete: false,
    why: `a chain of relations leads through more than ${MOST_MEMBERS}`,
  }
}
