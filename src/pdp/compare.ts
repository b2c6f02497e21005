import type { AskingHow, Place, RelationServer } from '../facts/server.ts'
import { ServerError } from '../facts/server.ts'
import type { StoredTuple } from '../facts/store.ts'
import { createGraph } from '../relations/graph.ts'
import type { Model } from '../relations/model.ts'
import { parseTuple } from '../relations/tuple.ts'

/** What two holders of the same relations say otherwise. Lists show a few; the counts are of all. */
export interface Comparison {
  readonly tuples: number
  /** On the one side and not, or under another condition, on the other. */
  readonly onlyHere: readonly string[]
  readonly onlyThere: readonly string[]
  readonly differing: number
  readonly checks: number
  /** Checks the two answer otherwise, one a line. */
  readonly contrary: readonly string[]
  /** Checks that one of them cannot answer without a call to evaluate conditions in. */
  readonly undecided: number
}

export const agrees = ({ differing, contrary }: Comparison): boolean => differing === 0 && contrary.length === 0

const SHOWN = 10
const CHECKS = 200

export const tupleKey = ({ object, relation, user }: Pick<StoredTuple, 'object' | 'relation' | 'user'>): string =>
  JSON.stringify([object, relation, user])

/** A tuple as a text, whatever the order of its context's members. */
export const tuplePrint = (tuple: StoredTuple): string => `${tupleKey(tuple)}${JSON.stringify(sorted(tuple.condition))}`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
}

/** Every tuple of a store. */
export async function everyTuple(server: RelationServer, storeId: string): Promise<readonly StoredTuple[]> {
  const all: StoredTuple[] = []
  let token = ''
  do {
    const page = await server.read(storeId, {}, 100, token)
    for (const { at: _, ...tuple } of page.tuples) all.push(tuple)
    token = page.nextToken
  } while (token !== '')
  return all
}

/** Compares all tuples, both ways, and what a sample of checks comes to over each. */
export async function compareEngines(
  model: Model,
  here: readonly StoredTuple[],
  server: RelationServer,
  place: Place,
  there: readonly StoredTuple[],
): Promise<Comparison> {
  const ours = new Set(here.map(tuplePrint))
  const theirs = new Set(there.map(tuplePrint))
  const onlyHere = [...ours].filter(one => !theirs.has(one))
  const onlyThere = [...theirs].filter(one => !ours.has(one))
  const asked = await compareChecks(model, here, server, place)
  return {
    tuples: ours.size,
    onlyHere: onlyHere.slice(0, SHOWN),
    onlyThere: onlyThere.slice(0, SHOWN),
    differing: onlyHere.length + onlyThere.length,
    ...asked,
  }
}

const HOW: AskingHow = { context: {}, higher: true }

async function compareChecks(model: Model, tuples: readonly StoredTuple[], server: RelationServer, place: Place) {
  const graph = createGraph(model)
  for (const tuple of tuples) graph.write(tuple)
  const contrary: string[] = []
  let checks = 0
  let undecided = 0
  await Promise.all(
    sample(model, tuples).map(async asked => {
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
  return { checks, contrary: contrary.sort().slice(0, SHOWN), undecided }
}

/** Objects and users of tuples far apart, so that some checks hold and others do not; every relation of their types. */
function sample(model: Model, tuples: readonly StoredTuple[]): readonly StoredTuple[] {
  const made = new Map<string, StoredTuple>()
  const step = Math.max(1, Math.floor(tuples.length / (CHECKS / 2)))
  for (let i = 0; i < tuples.length && made.size < CHECKS; i += step) {
    const one = tuples[i] as StoredTuple
    const other = tuples[(i * 7 + 3) % tuples.length] as StoredTuple
    const type = one.object.slice(0, one.object.indexOf(':'))
    const relations = [...(model.types.get(type)?.relations.keys() ?? [])]
    const relation = relations[(i / step) % Math.max(1, relations.length)] ?? one.relation
    for (const asked of [one, { ...one, relation }, { ...one, relation, user: other.user }]) {
      made.set(tupleKey(asked), asked)
    }
  }
  return [...made.values()].slice(0, CHECKS)
}
