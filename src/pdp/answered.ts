import { meterText } from '../engine/charges.ts'
import type { Ledger } from '../facts/ledger.ts'
import type { ServerError, Servers } from '../facts/server.ts'
import { createServerMemo, type ServerMemo } from '../facts/server-memo.ts'
import { answersAway } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import type { Later } from '../lib/later.ts'
import type { Meter, Standing } from '../policy/charge.ts'
import { PdpError } from './errors.ts'
import { knowing, type OrgMeters } from './meters.ts'
import type { OrgState } from './org.ts'

/** How an answer over a server is come by. */
export interface AnsweredOptions {
  /** With the tuples that prove an answer, for whoever reads them. */
  readonly prove?: boolean
  /** Fails with `relations_unavailable` rather than take what the server did not answer for unknown. */
  readonly whole?: boolean
}

/**
 * Runs what cannot wait over an org, whoever has its relations. With the org's tuples in memory that is all there is to it,
 * and nothing is waited for. Over a server it is run until all it asks has been fetched, each round at once; what the
 * server does not answer is unknown, and says so.
 */
export type Answered = <T>(state: OrgState, compute: (world: OrgState) => T, options?: AnsweredOptions) => Later<T>

/** Where no server has any relations. */
export const answeredHere: Answered = (state, compute) => compute(state)

/** Rounds of one call. Chains are worked out within one; a decision takes two as a rule. */
const MOST_ROUNDS = 6

/** `staleAfter`: how old the last look at a server's changes may be before nothing kept of it is used. */
function createServed(servers: Servers, clock: Clock, staleAfter: number): Answered {
  return (state, compute, options = {}) => {
    if (state.away === null) return compute(state)
    const { engine, model, feed } = state
    if (!answersAway(engine) || model === null) return compute(state)
    const server = servers.get(engine.server)
    const modelId = engine.models[model.id]
    if (server === undefined || modelId === undefined) {
      if (options.whole) throw notConfigured(engine.server)
      return compute(state)
    }
    const memo = createServerMemo({
      server,
      place: { storeId: engine.storeId, modelId },
      model: model.model,
      tide: tideOf(state),
      trusted: state.fresh !== true && clock() - feed.confirmedAt <= staleAfter,
      prove: options.prove === true,
    })
    const world = { ...state, away: memo.away }
    const first = compute(world)
    return memo.open() ? rest(memo, () => compute(world), options) : first
  }
}

/**
 * As `Answered`, and with meters fetched that this node does not know. What cannot be had of them is unknown.
 */
export function createAnswered(
  servers: Servers,
  clock: Clock,
  staleAfter: number,
  ledger: Pick<Ledger, 'fetch'> | null = null,
): Answered {
  const served = createServed(servers, clock, staleAfter)
  if (ledger === null) return served
  return (state, compute, options) => {
    const { meters } = state
    if (meters === null) return served(state, compute, options)
    if (state.away === null) {
      meters.lacking.length = 0
      const first = compute(state)
      return meters.lacking.length === 0 ? first : metered(state, meters, meters.lacking.splice(0), compute, options)
    }
    return metered(state, meters, [], compute, options)
  }

  async function metered<T>(
    state: OrgState,
    meters: OrgMeters,
    lacking: readonly Meter[],
    compute: (world: OrgState) => T,
    options?: AnsweredOptions,
  ): Promise<T> {
    const known = new Map<string, Standing | undefined>()
    let asked = lacking
    for (let round = 1; ; round++) {
      if (asked.length > 0) {
        const found = await ledger?.fetch(state.org.slug, asked, clock()).catch(() => null)
        for (const [i, meter] of asked.entries()) known.set(meterText(meter), found?.[i])
      }
      const world = { ...state, meters: knowing(known, meters) }
      const made = await served(world, compute, options)
      asked = world.meters.lacking
      if (asked.length === 0 || round >= MOST_ROUNDS) return made
    }
  }
}

async function rest<T>(memo: ServerMemo, run: () => T, { whole }: AnsweredOptions): Promise<T> {
  for (let round = 1; round < MOST_ROUNDS; round++) {
    await memo.fetch()
    const fault = memo.fault()
    if (whole && fault !== null) throw new PdpError('relations_unavailable', fault)
    const found = run()
    if (!memo.open()) return found
  }
  memo.close()
  return run()
}

const tides = new WeakMap<OrgState['feed'], () => number>()

/** One function an org, so that what is kept by it is kept once. */
function tideOf({ feed }: OrgState): () => number {
  const known = tides.get(feed)
  if (known !== undefined) return known
  const tide = () => feed.tide
  tides.set(feed, tide)
  return tide
}

/** A server of the database that no setting names. */
export const notConfigured = (name: string): PdpError =>
  new PdpError(
    'relations_unavailable',
    `the relations server \`${name}\` is not in the settings; add it to OPENFGA_SERVERS`,
  )

/** What a server said, as a use case that needed it fails. */
export function fromServer(name: string, error: ServerError): PdpError {
  const message = `the relations server \`${name}\`: ${error.message}`
  switch (error.code) {
    case 'refused':
      return new PdpError('invalid_request', message, {}, error)
    case 'tuple_exists':
    case 'tuple_missing':
      return new PdpError(error.code, error.message, {}, error)
    case 'unknown':
      return new PdpError('relations_unavailable', `${message}; the write may have been made`, {}, error)
    case 'unavailable':
      return new PdpError('relations_unavailable', message, {}, error)
  }
}
