import type { Place, RelationServer } from '../facts/server.ts'
import type { Engine } from '../facts/store.ts'
import {
  type Comparison,
  compareChecks,
  compareTuples,
  createSample,
  pagesKept,
  pagesOf,
  sameModel,
  UNSAMPLED,
} from './compare.ts'
import { PdpError } from './errors.ts'
import { misread } from './misread.ts'
import { createScratch, current, feedEnd, modelOf, notThere, roomNow, serverNamed } from './moving.ts'
import type { OrgState } from './org.ts'
import { asked } from './server-of.ts'
import type { Service } from './service.ts'

/** What was compared, and what the server is known to answer otherwise under this model. */
export interface Verified {
  readonly comparison: Comparison
  readonly misread: readonly string[]
}

const TRIES = 3

/**
 * Compares what the org holds with what its server has, the models included; where the server answers, a graph over the server's
 * tuples with the server, as far as there is room for one.
 */
export async function verifyRelations(service: Service, slug: string): Promise<Verified> {
  const state = await current(service, slug)
  const { engine } = state
  if (engine === null) throw notThere('the relations of the org are embedded; there is nothing to compare them with')
  const server = serverNamed(service.servers, engine.server)
  const { id, model, dsl } = modelOf(state)
  const place = { storeId: engine.storeId, modelId: engine.models[id] ?? '' }
  if (place.modelId === '') throw new PdpError('relations_differ', `the server does not have the model \`${id}\``)
  const verified = async (): Promise<Comparison> => ({
    sameModel: await sameModel(server, place, dsl),
    ...(engine.state === 'live'
      ? await ofServer(service, state, server, place)
      : await ofBoth(service, state, engine, server, place)),
  })
  return { comparison: await asked(server, verified()), misread: misread(model) }
}

async function ofBoth(service: Service, state: OrgState, engine: Engine, server: RelationServer, place: Place) {
  const sample = createSample()
  const here = pagesKept(service.store, state.org.slug)
  const scratch = createScratch(state, state.graph === null ? roomNow(service) : 0)
  const compared = await compareTuples(here, pagesOf(server, engine.storeId), tuple => {
    sample.see(tuple)
    if (state.graph === null) scratch.add(tuple)
  })
  const graph = state.graph ?? scratch.graph
  return { ...compared, ...(graph === null ? UNSAMPLED : await compareChecks(graph, sample.tuples, server, place)) }
}

/** What is written while it is read would look like a difference: then it is read again. */
async function ofServer(service: Service, state: OrgState, server: RelationServer, place: Place) {
  for (let tried = 1; ; tried++) {
    const feed = await feedEnd(server, place.storeId, (await service.store.feed(state.org.slug)) ?? '')
    const sample = createSample()
    const scratch = createScratch(state, roomNow(service))
    let tuples = 0
    for await (const page of pagesOf(server, place.storeId)()) {
      tuples += page.length
      for (const tuple of page) {
        sample.see(tuple)
        scratch.add(tuple)
      }
    }
    const { graph } = scratch
    const checks = graph === null ? UNSAMPLED : await compareChecks(graph, sample.tuples, server, place)
    const found = { tuples, onlyHere: [], onlyThere: [], differing: 0, ...checks }
    if (checks.contrary.length === 0 || tried === TRIES) return found
    if ((await feedEnd(server, place.storeId, feed)) === feed) return found
  }
}
