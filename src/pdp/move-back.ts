import { setTimeout as sleep } from 'node:timers/promises'
import { answersAway } from '../facts/store.ts'
import {
  agrees,
  compareChecks,
  compareTuples,
  createSample,
  pagesKept,
  pagesOf,
  sameModel,
  UNSAMPLED,
} from './compare.ts'
import { batches } from './copying.ts'
import { PdpError } from './errors.ts'
import {
  createScratch,
  current,
  endedElsewhere,
  type Moved,
  modelOf,
  notThere,
  refuseDiffering,
  roomFor,
  type Scratch,
  serverNamed,
  setEngine,
} from './moving.ts'
import type { OrgState } from './org.ts'
import { asked } from './server-of.ts'
import type { Service } from './service.ts'
import type { Pages } from './tally.ts'

/** Tuples of one page on the way back. */
const FILLED = 1_000
const TRIES = 3

/**
 * Brings an org's relations back from a server. Fails with `org_too_large`, before anything is changed, where they would not
 * fit in this node's memory; with `relations_differ` where the two do not agree.
 */
export async function moveBack(service: Service, slug: string): Promise<Moved> {
  let state = await current(service, slug)
  if (!answersAway(state.engine)) throw notThere('the relations of the org are embedded already')
  const server = serverNamed(service.servers, state.engine.server)
  const { storeId } = state.engine
  const there = pagesOf(server, storeId)
  await asked(server, refuseUnfitting(service, state, there))
  if (state.engine.state === 'live') {
    await setEngine(service, state, { ...state.engine, state: 'leaving' })
    // Writes that other nodes had begun end within this.
    await sleep(service.serverGraceMs)
    state = await current(service, slug)
  }
  const { engine } = state
  if (engine?.state !== 'leaving') throw endedElsewhere()
  const model = modelOf(state)
  const place = { storeId, modelId: engine.models[model.id] ?? '' }
  const here = pagesKept(service.store, slug)
  for (let tried = 1; ; tried++) {
    while (await service.store.drainTuples(slug));
    const fill = async (): Promise<void> => {
      let waiting: Awaited<ReturnType<typeof service.store.keptTuples>>['tuples'] = []
      for await (const page of there()) {
        waiting = [...waiting, ...page]
        if (waiting.length < FILLED) continue
        for (const some of batches(waiting, FILLED)) await service.store.fillTuples(slug, some)
        waiting = []
      }
      if (waiting.length > 0) await service.store.fillTuples(slug, waiting)
    }
    await asked(server, fill())
    await service.pull(state)
    const sample = createSample()
    const scratch = createScratch(state, roomFor(service, state))
    const compared = await asked(
      server,
      compareTuples(here, there, tuple => {
        sample.see(tuple)
        scratch.add(tuple)
      }),
    )
    const { graph } = scratch
    const comparison = {
      ...compared,
      sameModel: await asked(server, sameModel(server, place, model.dsl)),
      ...(graph === null ? UNSAMPLED : await asked(server, compareChecks(graph, sample.tuples, server, place))),
    }
    // Somebody may write past us while the tuples are copied.
    if (!agrees(comparison) && tried < TRIES) continue
    refuseDiffering(comparison)
    await setEngine(service, await current(service, slug), null)
    return { engine: null, comparison }
  }
}

/** The graph is built to see what it takes: anything less would be a guess at what comes to light when it is too late. */
async function refuseUnfitting(service: Service, state: OrgState, there: Pages): Promise<void> {
  const { budget } = service.orgs.figures
  if (budget === null) return
  const scratch: Scratch = createScratch(state, roomFor(service, state))
  let tuples = 0
  for await (const page of there()) {
    for (const tuple of page) scratch.add(tuple)
    tuples += page.length
    if (scratch.full) break
  }
  if (scratch.graph !== null) return
  const mb = Math.floor(budget / 2 ** 20)
  const why = `\`${state.org.slug}\` would take more than the ${mb} MB that GRAPH_MEMORY_MB allows (${tuples} tuples were read so far): its relations stay on the server; allow more to move them back`
  throw new PdpError('org_too_large', why, { limit_mb: mb })
}
