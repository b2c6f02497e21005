import type { Engine, StoredTuple } from '../facts/store.ts'
import { jsonOfModel } from '../relations/model.ts'
import { validateTuple } from '../relations/tuple.ts'
import { compareChecks, compareTuples, createSample, pagesKept, pagesOf, sameModel, UNSAMPLED } from './compare.ts'
import { copyTo } from './copying.ts'
import { PdpError } from './errors.ts'
import { refuseMisread } from './misread.ts'
import {
  current,
  endedElsewhere,
  feedEnd,
  type Moved,
  modelOf,
  notThere,
  refuseDiffering,
  serverNamed,
  setEngine,
} from './moving.ts'
import type { OrgState } from './org.ts'
import { asked } from './server-of.ts'
import type { Service } from './service.ts'
import type { Pages } from './tally.ts'

/**
 * Copies an org's relations to a server, compares, and lets the server answer. What was cut off goes on where it was;
 * until the last step nothing has changed for whoever asks. The tuples pass through memory a page at a time, so that an org
 * moves that does not fit there. Fails with `relations_differ` where the two do not agree.
 */
export async function moveToServer(service: Service, slug: string, name: string): Promise<Moved> {
  const server = serverNamed(service.servers, name)
  let state = await current(service, slug)
  const { engine: had } = state
  if (had !== null && (had.server !== name || had.state !== 'arriving')) {
    throw notThere(`the relations of the org are ${had.state === 'live' ? '' : 'moving '}on \`${had.server}\` already`)
  }
  const model = modelOf(state)
  refuseMisread(model.model)
  if (had === null) {
    const storeId = await asked(server, server.createStore(`lumoauth ${slug}`.slice(0, 64)))
    const id = await asked(server, server.writeModel(storeId, jsonOfModel(model.dsl)))
    const engine = { server: name, storeId, models: { [model.id]: id }, state: 'arriving' } as const
    await setEngine(service, state, engine, '')
    state = await current(service, slug)
  }
  const engine = state.engine
  if (engine?.state !== 'arriving') throw endedElsewhere()
  const here = pagesKept(service.store, slug)
  await refuseUnfit(state, here)
  const { storeId } = engine
  const models = { ...engine.models }
  const now = modelOf(state)
  models[now.id] ??= await asked(server, server.writeModel(storeId, jsonOfModel(now.dsl)))
  const place = { storeId, modelId: models[now.id] ?? '' }
  const there = pagesOf(server, storeId)
  await asked(server, copyTo(server, place, here, there))
  const sample = createSample()
  const comparison = {
    ...(await asked(server, compareTuples(here, there, sample.see))),
    sameModel: await asked(server, sameModel(server, place, now.dsl)),
    ...(state.graph === null
      ? UNSAMPLED
      : await asked(server, compareChecks(state.graph, sample.tuples, server, place))),
  }
  refuseDiffering(comparison)
  // The changes of the copying are none of the org's.
  const feed = await asked(server, feedEnd(server, storeId))
  await setEngine(service, state, { ...engine, models, state: 'live' }, feed)
  while (await service.store.drainTuples(slug));
  const moved = await current(service, slug)
  await service.pull(moved).catch(() => undefined)
  return { engine: moved.engine, comparison }
}

const UNFIT_SHOWN = 100

/** Tuples stay where they are when a model no longer takes them; a server would refuse them. */
async function refuseUnfit(state: OrgState, here: Pages): Promise<void> {
  const { model } = modelOf(state)
  const unfit: (StoredTuple & { problem: string })[] = []
  let count = 0
  for await (const page of here()) {
    for (const tuple of page) {
      const problem = validateTuple(model, tuple)
      if (problem === null) continue
      count += 1
      if (unfit.length < UNFIT_SHOWN) unfit.push({ ...tuple, problem: problem.message })
    }
  }
  if (count === 0) return
  const why = `the model does not take ${count} of the stored tuples, so no server would; delete them first`
  throw new PdpError('invalid_tuple', why, { problems: JSON.parse(JSON.stringify(unfit)) })
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
