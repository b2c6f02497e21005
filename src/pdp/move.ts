import { setTimeout as sleep } from 'node:timers/promises'
import type { RelationServer } from '../facts/server.ts'
import { MOST_WRITTEN } from '../facts/server.ts'
import { answersAway, type Engine, type StoredTuple } from '../facts/store.ts'
import { jsonOfModel } from '../relations/model.ts'
import { validateTuple } from '../relations/tuple.ts'
import { notConfigured } from './answered.ts'
import { agrees, type Comparison, compareEngines, everyTuple, tuplePrint } from './compare.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { asked } from './server-of.ts'
import type { Service } from './service.ts'

/** What became of a move, and what its verification found. */
export interface Moved {
  readonly engine: Engine | null
  readonly comparison: Comparison
}

/** Tuples of one page on the way back. */
const FILLED = 1_000
const TRIES = 3

const current = async ({ orgs, store }: Service, slug: string): Promise<OrgState> =>
  orgs.catchUp(slug, await store.revision(slug))

const setEngine = (service: Service, state: OrgState, engine: Engine | null, feed: string | null = null) =>
  service.write(state, [{ kind: 'engine', engine, was: state.engine?.state ?? null, feed }])

const modelOf = ({ model }: OrgState): NonNullable<OrgState['model']> => {
  if (model === null)
    throw new PdpError('model_missing', 'the org has no model yet; write one before its relations move')
  return model
}

const notThere = (why: string): PdpError => new PdpError('invalid_request', why)

/**
 * Copies an org's relations to a server, compares, and lets the server answer. What was cut off goes on where it was;
 * until the last step nothing has changed for whoever asks. Fails with `relations_differ` where the two do not agree.
 */
export async function moveToServer(service: Service, slug: string, name: string): Promise<Moved> {
  const server = service.servers.get(name)
  if (server === undefined) throw notConfigured(name)
  let state = await current(service, slug)
  const { engine: had } = state
  if (had !== null && (had.server !== name || had.state !== 'arriving')) {
    throw notThere(`the relations of the org are ${had.state === 'live' ? '' : 'moving '}on \`${had.server}\` already`)
  }
  const model = modelOf(state)
  if (had === null) {
    const storeId = await asked(server, server.createStore(`lumoauth ${slug}`.slice(0, 64)))
    const id = await asked(server, server.writeModel(storeId, jsonOfModel(model.dsl)))
    const engine = { server: name, storeId, models: { [model.id]: id }, state: 'arriving' } as const
    await setEngine(service, state, engine, '')
    state = await current(service, slug)
  }
  const engine = state.engine
  if (engine?.state !== 'arriving') throw new PdpError('relations_moving', 'somebody else has ended this move')
  const here = await service.store.keptTuples(slug)
  refuseUnfit(state, here)
  const { storeId } = engine
  const models = { ...engine.models }
  const now = modelOf(state)
  models[now.id] ??= await asked(server, server.writeModel(storeId, jsonOfModel(now.dsl)))
  const place = { storeId, modelId: models[now.id] ?? '' }
  await asked(server, sendTuples(server, place, here, await everyTuple(server, storeId)))
  const there = await asked(server, everyTuple(server, storeId))
  const comparison = await asked(server, compareEngines(now.model, here, server, place, there))
  refuseDiffering(comparison)
  const feed = await asked(server, feedEnd(server, storeId))
  await setEngine(service, state, { ...engine, models, state: 'live' }, feed)
  while (await service.store.drainTuples(slug));
  const moved = await current(service, slug)
  await service.pull(moved).catch(() => undefined)
  return { engine: moved.engine, comparison }
}

/** Tuples stay where they are when a model no longer takes them; a server would refuse them. */
function refuseUnfit(state: OrgState, tuples: readonly StoredTuple[]): void {
  const { model } = modelOf(state)
  const unfit = tuples.flatMap(tuple => {
    const problem = validateTuple(model, tuple)
    return problem === null ? [] : [{ ...tuple, problem: problem.message }]
  })
  if (unfit.length === 0) return
  const why = `the model does not take ${unfit.length} of the stored tuples, so no server would; delete them first`
  throw new PdpError('invalid_tuple', why, { problems: JSON.parse(JSON.stringify(unfit.slice(0, 100))) })
}

function refuseDiffering(comparison: Comparison): void {
  if (agrees(comparison)) return
  const { differing, contrary } = comparison
  throw new PdpError(
    'relations_differ',
    `the two do not agree (${differing} tuples, ${contrary.length} checks); the move goes on when it is run again`,
    { comparison: JSON.parse(JSON.stringify(comparison)) },
  )
}

async function sendTuples(
  server: RelationServer,
  place: { readonly storeId: string; readonly modelId: string },
  wanted: readonly StoredTuple[],
  present: readonly StoredTuple[],
): Promise<void> {
  const right = new Set(wanted.map(tuplePrint))
  const there = new Set(present.map(tuplePrint))
  const rule = { onConflict: 'ignore', onMissing: 'ignore' } as const
  const wrong = present.filter(tuple => !right.has(tuplePrint(tuple)))
  for (const deletes of batches(wrong)) await server.write(place, { writes: [], deletes, ...rule })
  const lacking = wanted.filter(tuple => !there.has(tuplePrint(tuple)))
  const all = [...batches(lacking)]
  const worker = async (): Promise<void> => {
    for (let writes = all.pop(); writes !== undefined; writes = all.pop()) {
      await server.write(place, { writes, deletes: [], ...rule })
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}

function* batches<T>(all: readonly T[], size = MOST_WRITTEN): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}

/** Where the server's changes end: those of the copying are none of the org's. */
async function feedEnd(server: RelationServer, storeId: string): Promise<string> {
  for (let after = ''; ; ) {
    const { changes, next } = await server.changes(storeId, after)
    if (changes.length === 0) return after
    after = next
  }
}

/** The same way back. The server's store stays as it is. */
export async function moveBack(service: Service, slug: string): Promise<Moved> {
  let state = await current(service, slug)
  if (!answersAway(state.engine)) throw notThere('the relations of the org are embedded already')
  const server = service.servers.get(state.engine.server)
  if (server === undefined) throw notConfigured(state.engine.server)
  if (state.engine.state === 'live') {
    await setEngine(service, state, { ...state.engine, state: 'leaving' })
    // Writes that other nodes had begun end within this.
    await sleep(service.serverGraceMs)
    state = await current(service, slug)
  }
  const { engine } = state
  if (engine?.state !== 'leaving') throw new PdpError('relations_moving', 'somebody else has ended this move')
  const { storeId } = engine
  const model = modelOf(state)
  const place = { storeId, modelId: engine.models[model.id] ?? '' }
  for (let tried = 1; ; tried++) {
    const there = await asked(server, everyTuple(server, storeId))
    while (await service.store.drainTuples(slug));
    for (const some of batches(there, FILLED)) await service.store.fillTuples(slug, some)
    await service.pull(state)
    const here = await service.store.keptTuples(slug)
    const again = await asked(server, everyTuple(server, storeId))
    const comparison = await asked(server, compareEngines(model.model, here, server, place, again))
    // Somebody may write past us while the tuples are copied.
    if (!agrees(comparison) && tried < TRIES) continue
    refuseDiffering(comparison)
    await setEngine(service, await current(service, slug), null)
    return { engine: null, comparison }
  }
}

/** Ends a move that is under way as if it had not begun. */
export async function abortMove(service: Service, slug: string): Promise<Engine | null> {
  const state = await current(service, slug)
  const { engine } = state
  if (engine === null || engine.state === 'live') throw notThere('no move is under way')
  const leaving = engine.state === 'leaving'
  await setEngine(service, state, leaving ? { ...engine, state: 'live' } : null)
  if (leaving) while (await service.store.drainTuples(slug));
  else
    await service.servers
      .get(engine.server)
      ?.deleteStore(engine.storeId)
      .catch(() => undefined)
  return (await current(service, slug)).engine
}

/** Compares what the org holds with what its server has; where the server answers, a graph over the server's tuples with the server. */
export async function verifyRelations(service: Service, slug: string): Promise<Comparison> {
  const state = await current(service, slug)
  const { engine } = state
  if (engine === null) throw notThere('the relations of the org are embedded; there is nothing to compare them with')
  const server = service.servers.get(engine.server)
  if (server === undefined) throw notConfigured(engine.server)
  const { id, model } = modelOf(state)
  const place = { storeId: engine.storeId, modelId: engine.models[id] ?? '' }
  if (place.modelId === '') throw new PdpError('relations_differ', `the server does not have the model \`${id}\``)
  await asked(server, server.model(engine.storeId, place.modelId))
  const there = await asked(server, everyTuple(server, engine.storeId))
  const here = engine.state === 'live' ? there : await service.store.keptTuples(slug)
  return asked(server, compareEngines(model, here, server, place, there))
}
