import { MOST_WRITTEN, ServerError, type Servers } from '../facts/server.ts'
import type { Change, Engine, Store, TuplesChange, WriteOptions } from '../facts/store.ts'
import type { TupleText } from '../policy/question.ts'
import { jsonOfModel, parseModel } from '../relations/model.ts'
import { fromServer, notConfigured } from './answered.ts'
import { PdpError } from './errors.ts'
import type { Pull } from './follow.ts'
import { refuseMisread } from './misread.ts'
import { type OrgState, touchTuple } from './org.ts'
import { asked } from './server-of.ts'

/** Writes tuples to the server that has them. Answers with a revision from which on every node knows of it. */
export type WriteAway = (
  state: OrgState,
  engine: Engine,
  change: TuplesChange,
  options: Required<Omit<WriteOptions, 'from'>>,
) => Promise<number>

/**
 * `append` makes a change of the org's own last. INVARIANT: whatever became of the write, what was worked out of its
 * tuples is dropped here before the caller hears of it, and on every node by the revision that is answered.
 */
export function createWriteAway(
  servers: Servers,
  store: Pick<Store, 'changes' | 'revision'>,
  pull: Pull,
  catchUp: (slug: string, revision: number) => Promise<OrgState>,
  append: (state: OrgState, stale: readonly TupleText[]) => Promise<number>,
): WriteAway {
  return async (state, engine, change, { onConflict, onMissing }) => {
    const tuples = [...change.writes, ...change.deletes]
    if (engine.state !== 'live') {
      throw new PdpError('relations_moving', 'the relations of the org are being moved; write again when that is done')
    }
    if (tuples.length > MOST_WRITTEN) {
      const why = `a server takes at most ${MOST_WRITTEN} tuples in one write, these are ${tuples.length}`
      throw new PdpError('invalid_request', why)
    }
    const server = servers.get(engine.server)
    const modelId = engine.models[state.model?.id ?? '']
    if (server === undefined || modelId === undefined) throw notConfigured(engine.server)
    const before = await store.revision(state.org.slug)
    const now = await catchUp(state.org.slug, before)
    if (now.engine?.state !== 'live' || now.engine.storeId !== engine.storeId) {
      throw new PdpError('relations_moving', 'the relations of the org have just moved; try again')
    }
    try {
      const { writes, deletes } = change
      await server.write({ storeId: engine.storeId, modelId }, { writes, deletes, onConflict, onMissing })
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (error.code === 'unknown') {
        for (const tuple of tuples) touchTuple(state, tuple)
        await append(state, tuples)
      }
      throw fromServer(engine.server, error)
    }
    for (const tuple of tuples) touchTuple(state, tuple)
    const missed = await unseen(state, tuples, before)
    if (missed.length > 0) return append(state, missed)
    return store.revision(state.org.slug)
  }

  /** Those of the tuples that the changelog does not name since: the feed lags, or they were as asked for already. */
  async function unseen(state: OrgState, tuples: readonly TupleText[], since: number): Promise<readonly TupleText[]> {
    const left = new Map(tuples.map(tuple => [keyOf(tuple), tuple]))
    await pull(state).catch(() => undefined)
    for (let after = since; ; ) {
      const page = await store.changes(state.org.slug, after, 500)
      for (const { change } of page) {
        if (change.kind !== 'tuples') continue
        for (const tuple of [...change.writes, ...change.deletes]) left.delete(keyOf(tuple))
      }
      after = page.at(-1)?.revision ?? after
      if (page.length < 500) return [...left.values()].map(({ object, relation, user }) => ({ object, relation, user }))
    }
  }
}

const keyOf = ({ object, relation, user }: TupleText): string => JSON.stringify([object, relation, user])

type ModelChange = Extract<Change, { readonly kind: 'model' }>

/** A model reaches the server before it counts. The changes that make it the org's, then. */
export async function modelAway(servers: Servers, engine: Engine, change: ModelChange): Promise<readonly Change[]> {
  const server = servers.get(engine.server)
  if (server === undefined) throw notConfigured(engine.server)
  const parsed = parseModel(change.dsl)
  if (parsed.ok) refuseMisread(parsed.model)
  const id = await asked(server, server.writeModel(engine.storeId, jsonOfModel(change.dsl)))
  const models = { ...engine.models, [change.id]: id }
  return [{ kind: 'engine', engine: { ...engine, models }, was: 'live', feed: null }, change]
}
