import type { Entity } from '../../src/policy/entity.ts'
import type { Truth } from '../../src/policy/question.ts'
import { bind, reachOf } from '../../src/relations/bound.ts'
import { evaluateCondition } from '../../src/relations/conditions.ts'
import type { CheckAnswer, Tuple } from '../../src/relations/graph.ts'
import { findRelation, type Rewrite, rewritesIn } from '../../src/relations/schema.ts'
import { parseTuple, printUser, takes } from '../../src/relations/tuple.ts'
import { createTuples, findSlot } from '../../src/relations/tuples.ts'
import type { Asking, Verdict } from './openfga.ts'
import { naive } from './oracle.ts'
import type { Stored } from './shrink.ts'

/**
 * The classes of 0004 in which the server may answer otherwise. Each needs the naive evaluator to say what ours says,
 * and the server to say what its class says it would.
 */
export type Excuse = 'condition' | 'forgotten' | 'cycle' | 'sideways' | 'shadowed'

/** Conditions that cannot be evaluated count for both, and where several decide this many are tried. */
const MOST_OPEN = 8

/** `same`, the class of a difference, or null where nothing explains it. */
export function judge(
  stored: Stored,
  one: Asking,
  ours: Pick<CheckAnswer, 'truth' | 'why'>,
  theirs: Verdict,
): 'same' | Excuse | null {
  const { truth } = ours
  const erred = typeof theirs === 'object'
  if (erred ? truth === 'unknown' && CONDITION.test(theirs.error) : theirs === truth) return 'same'
  if (oracle(stored, one) !== truth) return null
  if (erred) return undecidable(stored, one, theirs) ? 'condition' : null
  if (theirs === 'no' && gatedCycle(stored, one)) return 'cycle'
  if (truth === 'unknown') return couldBe(stored, one, theirs) ? 'forgotten' : null
  if (theirs === 'no' && shadowed(stored, one)) return 'shadowed'
  return sideways(stored, one, theirs) ? 'sideways' : null
}

/** What the server says of a condition it cannot evaluate. */
const CONDITION = /failed to evaluate relationship condition|missing context parameters/

/** Did the server err over a condition, where one cannot be evaluated? */
export const undecidable = (
  stored: Stored,
  one: Asking,
  { error }: { readonly error: string },
  list = false,
): boolean => (CONDITION.test(error) || (list && error === LIST_FAILED)) && openConditions(stored, one).length > 0

/** What a list says that did not come to an end within the server's three seconds. */
export const isStuck = ({ error }: { readonly error: string }): boolean => error === 'context deadline exceeded'

/** All a list says of a condition it cannot evaluate. */
const LIST_FAILED = 'Internal Server Error'

const held = (stored: Stored, one: Asking): readonly Tuple[] => [...stored.tuples, ...one.contextual]

type Condition = NonNullable<Tuple['condition']>

function truthOf({ model }: Stored, { context }: Asking, condition: Condition): Truth {
  const { kind } = evaluateCondition(model, condition.name, condition.context, context)
  return kind === 'met' ? 'yes' : kind === 'unmet' ? 'no' : 'unknown'
}

/** The naive evaluator's answer; `decide` stands for conditions that cannot be evaluated. */
export function oracle(stored: Stored, one: Asking, decide: (c: Condition) => Truth = () => 'unknown'): Truth {
  const holds = (c: Condition): Truth => {
    const truth = truthOf(stored, one, c)
    return truth === 'unknown' ? decide(c) : truth
  }
  return naive({ model: stored.model, tuples: held(stored, one), holds }, one.object, one.relation, one.user)
}

const openConditions = (stored: Stored, one: Asking): Condition[] =>
  held(stored, one).flatMap(({ condition }) =>
    condition !== null && truthOf(stored, one, condition) === 'unknown' ? [condition] : [],
  )

/** Would this be the answer if each condition that cannot be evaluated held or did not? */
function couldBe(stored: Stored, one: Asking, theirs: Truth): boolean {
  const open = openConditions(stored, one).slice(0, MOST_OPEN)
  for (let bits = 0; bits < 1 << open.length; bits++) {
    const decide = (c: Condition): Truth => ((bits >> open.indexOf(c)) & 1 ? 'yes' : 'no')
    if (open.length > 0 && oracle(stored, one, decide) === theirs) return true
  }
  return false
}

/**
 * Where an object names both a person and everyone, the server's sorted scan keeps one of the two tuples, and loses the
 * other when the one it kept fails its condition. True if that loss gives the server's no.
 */
function shadowed(stored: Stored, one: Asking): boolean {
  const { user } = one
  if (user.kind !== 'entity') return false
  const person = printUser(user)
  const everyone = `${user.entity.type}:*`
  const fails = ({ condition }: Tuple): boolean => condition !== null && truthOf(stored, one, condition) !== 'yes'
  const failing = held(stored, one).filter(t => (t.user === person || t.user === everyone) && fails(t))
  const lost = (t: Tuple): boolean =>
    (t.user === person || t.user === everyone) &&
    failing.some(f => f.user !== t.user && f.object === t.object && f.relation === t.relation)
  const kept = (t: Tuple): boolean => !lost(t) && !failing.includes(t)
  const without = { model: stored.model, tuples: stored.tuples.filter(kept) }
  const asked = { ...one, contextual: one.contextual.filter(kept) }
  return held(stored, one).some(lost) && oracle(without, asked) === 'no'
}

/**
 * The server's way through a recursive relation takes a tuple that names `team:2#a` for one that names `team:2#b`,
 * where nobody of the type asked for can ever hold `a`; so it does with parents of a type that cannot have the relation.
 * True if that misreading gives the server's answer.
 */
function sideways(stored: Stored, one: Asking, theirs: Truth): boolean {
  const t = createTuples()
  const bound = bind(stored.model, t)
  const type =
    one.user.kind === 'set' ? one.user.object.type : 'type' in one.user ? one.user.type : one.user.entity.type
  const reach = reachOf(bound, t.types.get(type) ?? -1, -1)
  let misread = false
  const types = new Map(stored.model.types)
  const read = (tuple: Tuple): Tuple => {
    const parsed = parseTuple(tuple)
    if (parsed?.user.kind !== 'set' || parsed.user.object.type !== parsed.object.type) return tuple
    const recursive = { ...parsed.user, relation: parsed.relation }
    const def = findRelation(stored.model, parsed.object.type, parsed.relation)
    const out = reach[findSlot(t, parsed.object.type, parsed.user.relation)] !== 1
    if (def === null || !out || !def.restrictions.some(r => takes(r, recursive))) return tuple
    if (tuple.condition !== null && truthOf(stored, one, tuple.condition) !== 'yes') return tuple
    misread = true
    // It asks no condition of the tuple but the tuple's own.
    const bare = { type: parsed.object.type, relation: parsed.relation, wildcard: false, condition: null }
    const owner = types.get(parsed.object.type)
    const relations = new Map(owner?.relations)
    relations.set(def.name, { ...def, restrictions: [...def.restrictions, bare] })
    if (owner !== undefined) types.set(owner.name, { ...owner, relations })
    return { ...tuple, user: printUser(recursive), condition: null }
  }
  const tuples = stored.tuples.map(read)
  const asked = { ...one, contextual: one.contextual.map(read) }
  for (const [name, relation, tupleset] of recursions(stored)) {
    for (const other of stored.model.types.values()) {
      if (other.name === name || !other.relations.has(tupleset)) continue
      if (reach[findSlot(t, other.name, relation)] === 1) continue
      misread = true
      // It follows the parents of a type that cannot have the relation as if they were of the recursive type.
      const on: Rewrite = { kind: 'tuple-to-userset', tupleset, relation }
      const owner = types.get(other.name) ?? other
      const def = owner.relations.get(relation) ?? { name: relation, restrictions: [], rewrite: on }
      const rewrite: Rewrite = { kind: 'union', of: [def.rewrite, on] }
      types.set(other.name, { ...owner, relations: new Map(owner.relations).set(relation, { ...def, rewrite }) })
    }
  }
  return misread && oracle({ model: { ...stored.model, types }, tuples }, asked) === theirs
}

/** `relation from tupleset` within that same relation of a type: type, relation, tupleset. */
const recursions = ({ model }: Stored) =>
  [...model.types.values()].flatMap(type =>
    [...type.relations.values()].flatMap(r =>
      [...rewritesIn(r.rewrite)].flatMap(of =>
        of.kind === 'tuple-to-userset' && of.relation === r.name ? [[type.name, r.name, of.tupleset] as const] : [],
      ),
    ),
  )

/** Does the question lead through an `and` or a `but not` beneath which tuples lead in a circle? */
function gatedCycle(stored: Stored, { object, relation, contextual }: Asking): boolean {
  const tuples = [...stored.tuples, ...contextual].map(tuple => ({ tuple, parsed: parseTuple(tuple) }))
  const atom = (o: Entity, r: string): string => JSON.stringify([o.type, o.id, r])
  const next = new Map<string, { to: string; gated: boolean }[]>()
  const on = (o: Entity, r: string) =>
    tuples.flatMap(({ tuple, parsed }) => {
      if (parsed === null || atom(parsed.object, parsed.relation) !== atom(o, r)) return []
      const kinds = findRelation(stored.model, o.type, r)?.restrictions ?? []
      const taken = kinds.some(k => takes(k, parsed.user) && k.condition === (tuple.condition?.name ?? null))
      return taken ? [parsed.user] : []
    })
  const visit = (o: Entity, r: string): void => {
    const def = findRelation(stored.model, o.type, r)
    if (def === null || next.has(atom(o, r))) return
    const out: { to: string; gated: boolean }[] = []
    next.set(atom(o, r), out)
    const add = (to: Entity, relation: string, gated: boolean): void => {
      out.push({ to: atom(to, relation), gated })
      visit(to, relation)
    }
    const walk = (rewrite: Rewrite, gated: boolean): void => {
      switch (rewrite.kind) {
        case 'this':
          for (const user of on(o, r)) if (user.kind === 'set') add(user.object, user.relation, gated)
          return
        case 'computed':
          add(o, rewrite.relation, gated)
          return
        case 'tuple-to-userset':
          for (const user of on(o, rewrite.tupleset)) {
            if (user.kind === 'entity') add(user.entity, rewrite.relation, gated)
          }
          return
        case 'union':
          for (const child of rewrite.of) walk(child, gated)
          return
        case 'intersection':
          for (const child of rewrite.of) walk(child, true)
          return
        case 'difference':
          walk(rewrite.base, true)
          walk(rewrite.subtract, true)
      }
    }
    walk(def.rewrite, false)
  }
  visit(object, relation)
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const { to } of next.get(from) ?? []) if (!seen.has(to)) reached(to, seen.add(to))
    return seen
  }
  const circular = (from: string): boolean => [from, ...reached(from)].some(a => reached(a).has(a))
  return [...next.values()].flat().some(edge => edge.gated && circular(edge.to))
}
