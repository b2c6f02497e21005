import { type Place, type RelationServer, ServerError, type Servers } from '../facts/server.ts'
import { answersAway } from '../facts/store.ts'
import { fromServer, notConfigured } from './answered.ts'
import type { OrgState } from './org.ts'

/** Where an org's relations are asked. */
export interface ServerOf {
  readonly server: RelationServer
  readonly storeId: string
  readonly place: Place
}

/** Null where the org has its relations itself. Fails with `relations_unavailable`. */
export function serverOf(servers: Servers, { engine, model }: OrgState): ServerOf | null {
  if (!answersAway(engine)) return null
  const server = servers.get(engine.server)
  if (server === undefined) throw notConfigured(engine.server)
  const { storeId } = engine
  return { server, storeId, place: { storeId, modelId: engine.models[model?.id ?? ''] ?? '' } }
}

/** A call of a server whose failures are those of a use case. */
export function asked<T>({ name }: RelationServer, call: Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    throw error instanceof ServerError ? fromServer(name, error) : error
  })
}
