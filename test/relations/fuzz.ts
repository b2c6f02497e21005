import type { JsonObject } from '../../src/policy/json.ts'
import { createGraph, type Graph, type Tuple } from '../../src/relations/graph.ts'
import type { Model } from '../../src/relations/schema.ts'
import { validateTuple } from '../../src/relations/tuple.ts'
import { type Asking, tidied } from './openfga.ts'
import type { Stored } from './shrink.ts'
import { askedFrom, type Tape, tapeOf, tupleFrom, worldFrom } from './worlds.ts'

/** With `n` stored and `$` asked, as a rule; one divides by what may be nothing. */
const EXPRESSIONS = [
  'n <= $',
  'n == $ || $ > 1',
  '!(n < $)',
  'n + $ >= 2 && n != 2',
  '[0, $].exists(x, x == n)',
  'n in [$, 2]',
  '$ > 0 ? n > 0 : n == 0',
  '6 / $ > n',
]

export interface Fuzzed {
  readonly seed: number
  readonly stored: Stored
  readonly asked: readonly Asking[]
}

/** A world and questions that a seed fixes. */
export function fuzzed(seed: number, questions: number): Fuzzed {
  const tape = tapeOf(seed)
  const world = worldFrom(tape, tape.pick(2) === 0)
  const model = conditioned(tape, tidied(world.model))
  const kept = world.tuples.map(tuple => overriding(tape, tuple))
  const stored = { model, tuples: kept.filter(tuple => validateTuple(model, tuple) === null) }
  const asked = Array.from({ length: questions }, () => askingFrom(tape, stored)).filter(one => one !== null)
  return { seed, stored, asked }
}

function conditioned(tape: Tape, model: Model): Model {
  const conditions = [...model.conditions].map(([name, condition]) => {
    const expression = tape.one(EXPRESSIONS).replaceAll('$', name)
    return [name, { ...condition, expression }] as const
  })
  return { ...model, conditions: new Map(conditions) }
}

/** Now and then a tuple fixes what a call may otherwise say. */
function overriding(tape: Tape, tuple: Tuple): Tuple {
  if (tuple.condition === null || tape.pick(6) !== 0) return tuple
  const { name, context } = tuple.condition
  return { ...tuple, condition: { name, context: { ...context, [name]: tape.pick(3) } } }
}

function askingFrom(tape: Tape, { model, tuples }: Stored): Asking | null {
  const { object, relation, user } = askedFrom(tape)
  if ('kind' in object || user.kind === 'some' || user.kind === 'holder') return null
  const said = (name: string): JsonObject => {
    const number = tape.pick(4) - 1
    return tape.pick(8) === 0 ? {} : { [name]: tape.pick(6) === 0 ? String(number) : number }
  }
  const context = { ...said('c0'), ...said('c1') }
  const keyOf = (t: Tuple): string => JSON.stringify([t.object, t.relation, t.user])
  const taken = new Set(tuples.map(keyOf))
  const contextual: Tuple[] = []
  for (let n = tape.pick(3) === 0 ? tape.pick(5) : 0; n > 0; n--) {
    const tuple = overriding(tape, tupleFrom(tape, model))
    if (taken.has(keyOf(tuple)) || validateTuple(model, tuple) !== null) continue
    taken.add(keyOf(tuple))
    contextual.push(tuple)
  }
  return { object, relation, user, context, contextual }
}

export function graphOf({ model, tuples }: Stored): Graph {
  const graph = createGraph(model)
  for (const tuple of tuples) graph.write(tuple)
  return graph
}
