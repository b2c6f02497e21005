import { createFlights, type Flights } from '../lib/flights.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Answer, RelationQuestion } from '../policy/question.ts'
import type { Model } from '../relations/model.ts'
import { type Away, dependsOf, PASSING } from './away.ts'
import type { AskingHow, Place, RelationServer } from './server.ts'
import { askServer } from './server-ask.ts'
import { MOST_CALLS, type ServerFound, serverFault } from './server-asking.ts'
import { namedOn } from './server-names.ts'
import { provedBy } from './server-proof.ts'

/** Where a call's questions go, and what is known of the server's writes. */
export interface Asked {
  readonly server: RelationServer
  readonly place: Place
  readonly model: Model
  /** Changes whenever anything kept of the server's answers may have become wrong. */
  readonly tide: () => number
  readonly trusted: boolean
  /** With the tuples that prove an answer, where one tuple does. */
  readonly prove: boolean
}

/** What one call has asked a server. Code that cannot wait runs over it again and again, until it finds all it asks for. */
export interface ServerMemo {
  readonly away: Away
  /** Whether the last run asked something that is not known yet. */
  open(): boolean
  /** Fetches what the last run asked, and is ready for the next. */
  fetch(): Promise<void>
  /** Nothing more is asked: what is not known stays unknown. */
  close(): void
  /** The first thing the server gave no answer to. */
  fault(): string | null
}

type Settled = ServerFound & { readonly answer: Answer }

const flights = new WeakMap<() => number, Flights<Settled>>()

/**
 * Calls that ask the same at the same tide share what is under way: what has been written since it began would have moved
 * the tide. INVARIANT: a call that may use nothing that was worked out before shares nothing either.
 */
function flightsOf(tide: () => number): Flights<Settled> {
  const known = flights.get(tide)
  if (known !== undefined) return known
  const made = createFlights<Settled>()
  flights.set(tide, made)
  return made
}

const TOO_MUCH = 'one answer after another left more to ask of the relations server than is asked for one decision'

export function createServerMemo(asked: Asked): ServerMemo {
  const began = asked.tide()
  const known = new Map<string, Settled>()
  const names = new Map<string, readonly string[]>()
  const waiting = new Map<string, () => Promise<void>>()
  let fault: string | null = null
  let closed = false

  const fetch = async (key: string, question: RelationQuestion, context: JsonObject): Promise<void> => {
    const ask = async (): Promise<Settled> => {
      const how = { context, higher: true }
      const found = await askServer({ ...asked, how, meter: { left: MOST_CALLS } }, question)
      return { ...found, answer: await answerOf(asked, how, question, found) }
    }
    const { storeId, modelId } = asked.place
    const found = await (asked.trusted && !asked.prove
      ? flightsOf(asked.tide).share(JSON.stringify([asked.tide(), storeId, modelId, key]), ask)
      : ask())
    if (found.away) fault ??= found.why ?? ''
    known.set(key, found)
  }

  const fetchNames = async (type: string): Promise<void> => {
    try {
      names.set(type, await namedOn(asked.server, asked.place.storeId, asked.tide, type))
    } catch (error) {
      fault ??= serverFault(asked.server.name, error).why ?? ''
      names.set(type, [])
    }
  }

  const within = (context: JsonObject): Away => ({
    model: asked.model,
    answer(question, reads) {
      const { cells, conditional } = dependsOf(asked.model, question)
      const key = JSON.stringify(conditional ? [question, context] : [question])
      const found = known.get(key)
      if (found === undefined) {
        reads(PASSING)
        if (closed) return { kind: 'truth', truth: 'unknown', why: TOO_MUCH }
        waiting.set(key, () => fetch(key, question, conditional ? context : {}))
        return undefined
      }
      if (conditional || found.truth === 'unknown') reads(PASSING)
      for (const cell of cells) reads(cell)
      return found.answer
    },
    entities(type) {
      const found = names.get(type)
      if (found === undefined && !closed) waiting.set(`names ${type}`, () => fetchNames(type))
      return found ?? []
    },
    within,
    get trusted() {
      return asked.trusted && asked.tide() === began
    },
    get steady() {
      return asked.tide() === began
    },
  })

  return {
    away: within({}),
    open: () => waiting.size > 0,
    async fetch() {
      const all = [...waiting.values()]
      waiting.clear()
      await Promise.all(all.map(one => one()))
    },
    close() {
      closed = true
    },
    fault: () => fault,
  }
}

async function answerOf(asked: Asked, how: AskingHow, question: RelationQuestion, found: ServerFound): Promise<Answer> {
  const { truth, why } = found
  const answer: Answer = { kind: 'truth', truth, ...(why !== undefined && { why }) }
  if (!asked.prove || truth !== 'yes') return answer
  const { object, relation, user } = question
  const proof =
    'kind' in object || user.kind !== 'entity'
      ? null
      : await provedBy({ ...asked, how }, object, relation, user.entity).catch(() => null)
  if (proof !== null) return { ...answer, proof: () => proof }
  return { ...answer, why: `the relations server \`${asked.server.name}\` says so` }
}
