import { randomText } from '../lib/ids.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { EntitySet, Holder, RelationQuestion } from '../policy/question.ts'
import { createGraph } from '../relations/graph.ts'
import type { Model } from '../relations/model.ts'
import { MOST_CALLS, type ServerAsk, type ServerFound, serverFault } from './server-asking.ts'
import { gather, listOf, type Members, union } from './server-gather.ts'

const NO: ServerFound = { truth: 'no' }

/** Puts a question to a server: its own checks say what holds, and its lists only who is worth a check. */
export async function askServer(a: ServerAsk, { object, relation, user }: RelationQuestion): Promise<ServerFound> {
  const unheard = bareOf(a.model).check(object, relation, user)
  if (unheard.truth === 'unknown') return { truth: 'unknown', why: unheard.why ?? 'the model does not know of this' }
  return 'kind' in object ? onSome(a, object, relation, user) : holds(a, object, relation, user)
}

const bare = new WeakMap<Model, ReturnType<typeof createGraph>>()

/** The model without a tuple: it answers unknown exactly to what it has no words for. */
function bareOf(model: Model): ReturnType<typeof createGraph> {
  const known = bare.get(model)
  if (known !== undefined) return known
  const made = createGraph(model)
  bare.set(model, made)
  return made
}

const holds = (a: ServerAsk, object: Entity, relation: string, user: Holder): Promise<ServerFound> =>
  user.kind === 'entity' ? check(a, object, relation, printEntity(user.entity)) : bySome(a, object, relation, user)

async function check(a: ServerAsk, object: Entity, relation: string, user: string): Promise<ServerFound> {
  if (--a.meter.left < 0) return { truth: 'unknown', why: `the question takes more than ${MOST_CALLS} calls` }
  try {
    const yes = await a.server.check(a.place, { object: printEntity(object), relation, user }, a.how)
    return { truth: yes ? 'yes' : 'no' }
  } catch (error) {
    return serverFault(a.server.name, error)
  }
}

/** Some member of `user`. Where everyone may be one, those whom the object's side names are tried as well. */
async function bySome(a: ServerAsk, object: Entity, relation: string, user: EntitySet): Promise<ServerFound> {
  const up = await gather(a, user)
  const far = up.complete && !up.everyone ? null : union([await listOf(a, object, relation, user.type)])
  const who = far === null ? up : joined(up, far, user)
  return decided(who, one => throughOne(a, object, relation, user, one))
}

/** Sets may hold a relation as such, which a list of their members does not tell. */
function joined(up: Members, far: Members, { kind, type }: EntitySet): Members {
  if (kind === 'holder' && far.complete && !far.everyone) return far
  const entities = [...up.entities, ...far.entities]
  if (up.everyone && far.everyone) entities.push({ type, id: `nobody-${randomText(18)}` })
  const fault = [up, far].find(m => !m.complete)
  const unlisted = kind === 'some' && !up.complete ? up : fault
  return unlisted === undefined ? { entities, everyone: false, complete: true } : { ...unlisted, entities }
}

async function throughOne(a: ServerAsk, object: Entity, relation: string, user: EntitySet, one: Entity) {
  const asSet = user.kind === 'some' ? check(a, object, relation, `${printEntity(one)}#${user.relation}`) : NO
  const itself = check(a, object, relation, printEntity(one))
  const [inner, direct, set] = await Promise.all([member(a, user, one), itself, asSet])
  return both(inner, either([direct, set]))
}

const member = (a: ServerAsk, set: EntitySet, one: Entity): Promise<ServerFound> => {
  if (set.kind === 'some') return holds(a, one, set.relation, set.of)
  const user = { kind: 'entity', entity: one } as const
  return set.on.kind === 'entity' ? holds(a, set.on.entity, set.relation, user) : onSome(a, set.on, set.relation, user)
}

/** Some member of `object`. */
async function onSome(a: ServerAsk, object: EntitySet, relation: string, user: Holder): Promise<ServerFound> {
  const members = await gather(a, object)
  const which =
    members.complete && !members.everyone
      ? members
      : await gather(a, { kind: 'some', type: object.type, relation, of: user })
  return decided(which, async one => {
    const [inner, outer] = await Promise.all([member(a, object, one), holds(a, one, relation, user)])
    return both(inner, outer)
  })
}

/** A yes is a yes whatever the list lacks; a no needs all of it. */
async function decided(who: Members, ask: (one: Entity) => Promise<ServerFound>): Promise<ServerFound> {
  const found = either(await Promise.all(who.entities.map(ask)))
  if (found.truth !== 'no' || (who.complete && !who.everyone)) return found
  const why = who.why ?? 'a chain of relations leads through everyone'
  return { truth: 'unknown', why, ...(who.away && { away: true }) }
}

function either(found: readonly ServerFound[]): ServerFound {
  return found.find(f => f.truth === 'yes') ?? found.find(f => f.truth === 'unknown') ?? NO
}

function both(a: ServerFound, b: ServerFound): ServerFound {
  if (a.truth === 'no' || b.truth === 'no') return NO
  return a.truth === 'unknown' ? a : b
}
