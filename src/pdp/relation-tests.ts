import type { StoredTuple } from '../facts/store.ts'
import type { Effect } from '../policy/decision.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import { CONTEXTUAL_TUPLES, type Graph } from '../relations/graph.ts'
import { printUser, type TupleUser, validateTuple } from '../relations/tuple.ts'

/** What a test asks the model: whether a relation holds, on what, or for whom, and what the answer must be. */
export type RelationAsk =
  | {
      readonly kind: 'check'
      readonly object: Entity
      readonly relation: string
      readonly user: TupleUser
      holds: boolean
    }
  | {
      readonly kind: 'objects'
      readonly type: string
      readonly relation: string
      readonly user: TupleUser
      readonly finds: readonly string[]
    }
  | {
      readonly kind: 'users'
      readonly object: Entity
      readonly relation: string
      readonly type: string
      /** With it, sets are looked for: `team:eng#member`. */
      readonly set: string | null
      readonly finds: readonly string[]
    }

export interface RelationCase {
  readonly kind: 'relations'
  readonly ask: RelationAsk
  readonly context: JsonObject
  /** Tuples of this test alone, on top of what is given. */
  readonly contextual: readonly StoredTuple[]
}

export interface RelationOutcome {
  readonly question: string
  readonly effect: Effect
  readonly problems: readonly string[]
}

/** What the graph says. What cannot be decided is a problem, whatever was expected. */
export function askModel(graph: Graph | null, asked: RelationCase): RelationOutcome {
  const { ask } = asked
  const question = questionOf(asked)
  if (graph === null) return { question, effect: 'deny', problems: ['there is no model: name the file of one'] }
  const wrong = asked.contextual.flatMap(tuple => validateTuple(graph.model, tuple)?.message ?? [])
  if (asked.contextual.length > CONTEXTUAL_TUPLES) wrong.push(`expected at most ${CONTEXTUAL_TUPLES} \`tuples\``)
  if (wrong.length > 0) return { question, effect: 'deny', problems: wrong.map(w => `tuples: ${w}`) }
  if (ask.kind === 'check') {
    const { truth, why } = checked(graph, asked, ask.object, ask.relation, ask.user)
    const effect = truth === 'yes' ? 'allow' : 'deny'
    if (truth === 'unknown') return { question, effect, problems: [undecided(why)] }
    const got = truth === 'yes'
    return { question, effect, problems: got === ask.holds ? [] : [`expected ${ask.holds}, got ${got}`] }
  }
  const problems: string[] = []
  const found =
    ask.kind === 'objects' ? objectsFound(graph, asked, ask, problems) : usersFound(graph, asked, ask, problems)
  problems.push(
    ...ask.finds.filter(text => !found.includes(text)).map(text => `expected to find \`${text}\``),
    ...found.filter(text => !ask.finds.includes(text)).map(text => `did not expect to find \`${text}\``),
  )
  return { question, effect: found.length > 0 ? 'allow' : 'deny', problems: problems.slice(0, 20) }
}

const undecided = (why: string | undefined): string => `cannot be decided: ${why ?? 'a fact is missing'}`

const checked = (graph: Graph, { context, contextual }: RelationCase, on: Entity, relation: string, user: TupleUser) =>
  graph.check(on, relation, user, { context, contextual })

type Find<K> = Extract<RelationAsk, { readonly kind: K }>

function objectsFound(graph: Graph, asked: RelationCase, ask: Find<'objects'>, problems: string[]): readonly string[] {
  const { type, relation, user } = ask
  const { context, contextual } = asked
  if (user.kind === 'entity') {
    const heard = (_: string | null, why: string) => void problems.push(undecided(why))
    const ids = graph.listObjects(type, relation, user.entity, { context, contextual, undecided: heard })
    return ids.map(id => `${type}:${id}`)
  }
  const ids = new Set(graph.entities(type))
  for (const { object } of contextual) if (object.startsWith(`${type}:`)) ids.add(object.slice(type.length + 1))
  return [...ids].flatMap(id => {
    const { truth, why } = checked(graph, asked, { type, id }, relation, user)
    if (truth === 'unknown') problems.push(undecided(why))
    return truth === 'yes' ? [`${type}:${id}`] : []
  })
}

function usersFound(graph: Graph, asked: RelationCase, ask: Find<'users'>, problems: string[]): readonly string[] {
  const { object, relation, type, set } = ask
  const { context, contextual } = asked
  const options = {
    context,
    contextual,
    undecided: (_: string | null, why: string) => void problems.push(undecided(why)),
  }
  if (set !== null) {
    const ids = graph.listSets(object, relation, { type, relation: set }, options)
    return ids.map(id => `${type}:${id}#${set}`)
  }
  const { ids, wildcard } = graph.listUsers(object, relation, type, options)
  return [...(wildcard ? [`${type}:*`] : []), ...ids.map(id => `${type}:${id}`)]
}

/** As a person would ask it. */
function questionOf({ ask, context }: RelationCase): string {
  const given = Object.keys(context).length === 0 ? '' : ` with ${JSON.stringify(context)}`
  switch (ask.kind) {
    case 'check':
      return `is ${printUser(ask.user)} ${ask.relation} of ${printEntity(ask.object)}${given}?`
    case 'objects':
      return `of which ${ask.type} is ${printUser(ask.user)} ${ask.relation}${given}?`
    case 'users':
      return `which ${ask.type}${ask.set === null ? '' : `#${ask.set}`} is ${ask.relation} of ${printEntity(ask.object)}${given}?`
  }
}
