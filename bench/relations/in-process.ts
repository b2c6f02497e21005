import type { Entity } from '../../src/policy/entity.ts'
import { createGraph, type Graph } from '../../src/relations/graph.ts'
import { parseModel } from '../../src/relations/model.ts'
import { parseUser } from '../../src/relations/tuple.ts'
import { type Runner, race, type Timing } from '../harness.ts'
import { median } from '../stats.ts'
import type { RelationsPlan } from './plan.ts'
import { asksOf, DEPTH, LISTED, listedOf, MODEL, SHAPES, tuplesOf } from './world.ts'

export interface ShapeCell extends Timing {
  readonly shape: string
  readonly size: number
}

/** What holding so many tuples takes. */
export interface Held {
  readonly size: number
  /** Bytes a tuple: as the graph estimates, and as the process grew. */
  readonly estimated: number
  readonly grown: number
  /** Nanoseconds to write them all. */
  readonly load: number
  /** Nanoseconds to list every object of one user, and how many there are. */
  readonly list: number
  readonly listed: number
}

/** The graph alone: no server, no policy. */
export function measureGraph({ sizes, race: options }: RelationsPlan): {
  readonly cells: readonly ShapeCell[]
  readonly held: readonly Held[]
} {
  const held: Held[] = []
  const entries: { readonly shape: string; readonly size: number; readonly runner: Runner }[] = []
  for (const size of sizes) {
    const { graph, ...grown } = loaded(size)
    held.push({ size, ...grown, ...listing(graph, size) })
    for (const shape of SHAPES) {
      const asks = asksOf(size, shape, 256).map(({ object, relation, user, allowed }) => ({
        object: entityOf(object),
        relation,
        user: { kind: 'entity', entity: entityOf(user) } as const,
        allowed,
      }))
      const decide = (n: number): boolean => {
        const { object, relation, user } = asks[n] as (typeof asks)[number]
        return graph.check(object, relation, user).truth === 'yes'
      }
      for (const [n, { allowed }] of asks.entries()) {
        if (decide(n) !== allowed) throw new Error(`${shape.name} at ${size}: request ${n} is not answered ${allowed}`)
      }
      const contestant = { name: shape.name, decide }
      entries.push({ shape: shape.name, size, runner: { contestant, requests: asks.length } })
    }
  }
  const timings = race(
    entries.map(e => e.runner),
    options,
  )
  return { held, cells: entries.map(({ shape, size }, i) => ({ shape, size, ...(timings[i] as Timing) })) }
}

function loaded(size: number) {
  const parsed = parseModel(MODEL)
  if (!parsed.ok) throw new Error('the model of the bench is wrong')
  const before = used()
  const graph = createGraph(parsed.model, DEPTH + 10)
  const start = process.hrtime.bigint()
  for (const tuple of tuplesOf(size)) graph.write(tuple)
  const load = Number(process.hrtime.bigint() - start)
  const grown = (used() - before) / graph.size
  return { graph, load, grown, estimated: graph.bytes() / graph.size }
}

/** Bytes on the heap and beside it, garbage collected. */
function used(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function listing(graph: Graph, size: number) {
  const { type, relation, user } = LISTED
  let listed = 0
  const times = Array.from({ length: 7 }, () => {
    const start = process.hrtime.bigint()
    listed = graph.listObjects(type, relation, entityOf(user)).length
    return Number(process.hrtime.bigint() - start)
  })
  if (listed !== listedOf(size)) throw new Error(`${listed} objects were listed of ${listedOf(size)}`)
  return { list: median(times), listed }
}

function entityOf(text: string): Entity {
  const user = parseUser(text)
  if (user?.kind !== 'entity') throw new Error(`\`${text}\` is no entity`)
  return user.entity
}
