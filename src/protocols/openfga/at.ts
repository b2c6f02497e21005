import { graphOf, modelNamed } from '../../pdp/models.ts'
import type { OrgState } from '../../pdp/org.ts'
import { type ServerOf, serverOf } from '../../pdp/server-of.ts'
import type { Service } from '../../pdp/service.ts'
import { stateOfStore } from '../../pdp/stores.ts'
import { type Consistency, MINIMIZE_LATENCY } from '../../policy/consistency.ts'
import type { Graph } from '../../relations/graph.ts'
import type { Model } from '../../relations/model.ts'
import { withPreference } from '../consistency.ts'
import type { Answer, Reply, Route } from '../route.ts'
import { route } from '../route.ts'
import { FGA_ERRORS, FgaError, invalid, refusal } from './error.ts'
import { ulid } from './shapes.ts'

/** Where the API is served: for a key's own org, and for an org named in the path. */
const BASES = [
  { base: '/openfga', name: '' },
  { base: '/orgs/{org}/openfga', name: 'InOrg' },
] as const

type Common = 'operation' | 'path' | 'tag' | 'errors' | 'refusal' | 'freshens'

/** One operation under every base. */
export function fgaRoutes<Body = undefined, Query = undefined>(
  row: Omit<Parameters<typeof route<Body, Query>>[0], Common> & { readonly operation: string; readonly path: string },
): readonly Route[] {
  return BASES.map(({ base, name }) =>
    route<Body, Query>({
      ...row,
      operation: `openfga${row.operation}${name}`,
      path: `${base}${row.path}`,
      tag: 'openfga',
      errors: FGA_ERRORS,
      freshens: true,
      refusal,
    }),
  )
}

export const ok = (schema: NonNullable<Answer['schema']>): Record<number, Answer> => ({
  200: { description: 'as OpenFGA answers', schema },
})
export const json = (body: unknown): Reply => ({ status: 200, body })

export const ACTS = {
  check: { scope: 'org', act: { action: 'check', type: 'org_access' } },
  readTuples: { scope: 'org', act: { action: 'read', type: 'org_relation' } },
  writeTuples: { scope: 'org', act: { action: 'write', type: 'org_relation' } },
  readModel: { scope: 'org', act: { action: 'read', type: 'org_model' } },
  writeModel: { scope: 'org', act: { action: 'write', type: 'org_model' } },
} as const

interface StoreCall {
  readonly state: OrgState
  readonly params: Readonly<Record<string, string>>
  readonly consistency: Consistency
  readonly body?: unknown
}

/** What answers for the store a path names, as new as is asked for. Fails with `store_id_not_found`. */
export async function storeOf(service: Service, { state, params, consistency, body }: StoreCall): Promise<OrgState> {
  const id = params.store_id ?? ''
  if (!ulid.safeParse(id).success) throw invalid('`store_id`: expected a ULID')
  const asked = withPreference(consistency, preferenceIn(body))
  const known = stateOfStore(service, state, id)
  // Another node may just have made it.
  const found = known ?? stateOfStore(service, await service.freshen(state, withoutToken(asked)), id)
  if (found === null) throw new FgaError('store_id_not_found', 'Store ID not found')
  return service.freshen(await found, asked)
}

/** A token is of the store, and says nothing of the org that has it. */
const withoutToken = ({ kind }: Consistency): Consistency =>
  kind === 'higher_consistency' ? { kind } : MINIMIZE_LATENCY

/** Where a body has the member, its schema has seen to its form. */
const preferenceIn = (body: unknown): string | null => {
  const { consistency } = (body ?? {}) as { readonly consistency?: string | null }
  return consistency ?? null
}

/** What answers: the tuples in memory as a model sees them, or a server that has them. */
export type Asked =
  | { readonly state: OrgState; readonly model: Model; readonly graph: Graph; readonly away: null }
  | { readonly state: OrgState; readonly model: Model; readonly graph: null; readonly away: ServerOf }

interface AskCall extends StoreCall {
  readonly body: {
    readonly authorization_model_id?: string | null | undefined
  }
}

/** The store a question is about, as new as it asks for, as the model it names sees it. */
export async function askedOf(service: Service, call: AskCall): Promise<Asked> {
  const state = await storeOf(service, call)
  const id = call.body.authorization_model_id || null
  const away = serverOf(service.servers, state)
  if (away !== null) {
    const named = await modelNamed(service, state, id)
    const modelId = named === null ? undefined : state.engine?.models[named.id]
    if (named === null || modelId === undefined) throw noModel(id, call)
    return { state, model: named.model, graph: null, away: { ...away, place: { ...away.place, modelId } } }
  }
  const graph = await graphOf(service, state, id)
  if (graph === null) throw noModel(id, call)
  return { state, model: graph.model, graph, away: null }
}

function noModel(id: string | null, { params }: AskCall): FgaError {
  return id === null
    ? new FgaError(
        'latest_authorization_model_not_found',
        `No authorization models found for store '${params.store_id}'`,
      )
    : new FgaError('authorization_model_not_found', `Authorization Model '${id}' not found`)
}
