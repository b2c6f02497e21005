import { type Entity, printEntity } from '../policy/entity.ts'
import type { EntitySet, Holder } from '../policy/question.ts'
import { closureOf } from '../relations/closure.ts'
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
      listed(a, set, set.type, () => a.server.listObjects(a.place, set.type, set.relation, user, a.how)),
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
  listed(a, { type: object.type, relation }, type, () =>
    a.server.listUsers(a.place, printEntity(object), relation, { type, relation: null }, a.how),
  )

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

interface Listed {
  readonly type: string
  readonly relation: string
}

/** A list may lack somebody whom a check allows where something is taken away on the way: its no is none. */
async function listed(a: ServerAsk, of: Listed, type: string, list: () => Promise<ServerList>): Promise<Members> {
  if (--a.meter.left < 0) return { ...NOBODY, complete: false, why: 'the question takes too many calls' }
  try {
    const { ids, everyone, complete } = await list()
    const entities = ids.map(id => ({ type, id }))
    const name = `the relations server \`${a.server.name}\``
    if (!complete) return { entities, everyone, complete, why: `${name} may not have listed everything` }
    if (!closureOf(a.model, of.type, of.relation).gated) return { entities, everyone, complete }
    const why = `${name} does not list \`${of.type}#${of.relation}\` reliably, as it rests on \`but not\` or \`and\``
    return { entities, everyone, complete: false, why }
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
