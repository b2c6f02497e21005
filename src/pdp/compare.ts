import { isDeepStrictEqual } from 'node:util'
import type { AskingHow, Place, RelationServer } from '../facts/server.ts'
import { ServerError } from '../facts/server.ts'
import type { Store, StoredTuple } from '../facts/store.ts'
import type { Graph } from '../relations/graph.ts'
import { jsonOfModel, type Model, modelOfJson, parseModel } from '../relations/model.ts'
import { parseTuple } from '../relations/tuple.ts'
import { type Pages, tallied, tupleKey, tuplePrint } from './tally.ts'

/** What two holders of the same relations say otherwise. Lists show a few; the counts are of all. */
export interface Comparison {
  readonly tuples: number
  /** On the one side and not, or under another condition, on the other. */
  readonly onlyHere: readonly string[]
  readonly onlyThere: readonly string[]
  readonly differing: number
  /** Whether the server's model is the org's. */
  readonly sameModel: boolean
  /** False where the relations do not fit in this node's memory: then no checks were compared. */
  readonly sampled: boolean
  readonly checks: number
  /** Checks the two answer otherwise, one a line. */
  readonly contrary: readonly string[]
  /** Checks that one of them cannot answer without a call to evaluate conditions in. */
  readonly undecided: number
}

export type ComparedTuples = Pick<Comparison, 'tuples' | 'onlyHere' | 'onlyThere' | 'differing'>
export type ComparedChecks = Pick<Comparison, 'sampled' | 'checks' | 'contrary' | 'undecided'>

export const agrees = ({ differing, contrary, sameModel }: Comparison): boolean =>
  differing === 0 && contrary.length === 0 && sameModel

const SHOWN = 10
const CHECKS = 200

/** Every tuple of a server's store, page by page. */
export const pagesOf = (server: RelationServer, storeId: string): Pages =>
  async function* () {
    let token = ''
    do {
      const page = await server.read(storeId, {}, 100, token)
      yield page.tuples.map(({ at: _, ...tuple }) => tuple)
      token = page.nextToken
    } while (token !== '')
  }

/** Every tuple of an org that the database holds, which nobody may write meanwhile. */
export const pagesKept = (store: Pick<Store, 'keptTuples'>, slug: string): Pages =>
  async function* () {
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<Store['keptTuples']>> = await store.keptTuples(slug, after)
      yield page.tuples
      after = page.next
    } while (after !== null)
  }

/** Compares all tuples, both ways. `seen` hears of every one here. */
export async function compareTuples(
  here: Pages,
  there: Pages,
  seen?: (tuple: StoredTuple) => void,
): Promise<ComparedTuples> {
  const found = await tallied(here, there, seen)
  const only = { here: [] as string[], there: [] as string[] }
  let differing = 0
  for await (const { onlyHere, onlyThere } of found.differences()) {
    differing += onlyHere.length + onlyThere.length
    only.here.push(...onlyHere.slice(0, SHOWN).map(tuplePrint))
    only.there.push(...onlyThere.slice(0, SHOWN).map(tuplePrint))
  }
  const shown = { onlyHere: only.here.slice(0, SHOWN), onlyThere: only.there.slice(0, SHOWN) }
  // What the tallies tell apart and the texts do not is a tuple that one side gives twice.
  return { tuples: found.count, differing: found.same ? 0 : Math.max(1, differing), ...shown }
}

/** Whether the server has under an id what the org's model says. */
export async function sameModel(server: RelationServer, place: Place, dsl: string): Promise<boolean> {
  const theirs = modelOfJson(await server.model(place.storeId, place.modelId))
  const ours = modelOfJson(jsonOfModel(dsl))
  return theirs.ok && ours.ok && isDeepStrictEqual(meaning(theirs.dsl), meaning(ours.dsl))
}

/** A model without the order of what has none. */
function meaning(dsl: string): unknown {
  const parsed = parseModel(dsl)
  if (!parsed.ok) return parsed
  const { types, conditions } = parsed.model
  const ordered = [...conditions].map(([name, one]) => {
    const parameters = [...one.parameters].sort((a, b) => (a.name < b.name ? -1 : 1))
    return [name, { ...one, parameters }] as const
  })
  return { types, conditions: new Map(ordered) }
}

const HOW: AskingHow = { context: {}, higher: true }

export const UNSAMPLED: ComparedChecks = { sampled: false, checks: 0, contrary: [], undecided: 0 }

/** Asks the same of both, about some of the tuples. */
export async function compareChecks(
  graph: Graph,
  tuples: readonly StoredTuple[],
  server: RelationServer,
  place: Place,
): Promise<ComparedChecks> {
  const contrary: string[] = []
  let checks = 0
  let undecided = 0
  await Promise.all(
    questions(graph.model, tuples).map(async asked => {
      const parsed = parseTuple(asked)
      if (parsed === null) return
      const { truth } = graph.check(parsed.object, parsed.relation, parsed.user, { context: {} })
      const said = await server.check(place, asked, HOW).catch((error: unknown) => {
        if (error instanceof ServerError && error.code === 'refused') return null
        throw error
      })
      if (truth === 'unknown' || said === null) {
        undecided += 1
        return
      }
      checks += 1
      if (said === (truth === 'yes')) return
      const answer = said ? 'yes' : 'no'
      contrary.push(`${asked.object}#${asked.relation}@${asked.user}: ${truth} here, ${answer} there`)
    }),
  )
  return { sampled: true, checks, contrary: contrary.sort().slice(0, SHOWN), undecided }
}

/** Some of all tuples that go by, each as likely as another. */
export function createSample(): { see(tuple: StoredTuple): void; readonly tuples: readonly StoredTuple[] } {
  const kept: StoredTuple[] = []
  let seen = 0
  return {
    see(tuple) {
      seen += 1
      const at = kept.length < CHECKS / 2 ? kept.length : Math.floor(Math.random() * seen)
      if (at < CHECKS / 2) kept[at] = tuple
    },
    tuples: kept,
  }
}

/** Objects and users of several tuples, so that some checks hold and others do not; every relation of their types. */
function questions(model: Model, tuples: readonly StoredTuple[]): readonly StoredTuple[] {
  const made = new Map<string, StoredTuple>()
  for (const [i, one] of tuples.entries()) {
    const other = tuples[(i * 7 + 3) % tuples.length] ?? one
    const type = one.object.slice(0, one.object.indexOf(':'))
    const relations = [...(model.types.get(type)?.relations.keys() ?? [])]
    const relation = relations[i % Math.max(1, relations.length)] ?? one.relation
    for (const asked of [one, { ...one, relation }, { ...one, relation, user: other.user }]) {
      made.set(tupleKey(asked), asked)
    }
  }
  return [...made.values()].slice(0, CHECKS)
}
