import { z } from 'zod'
import type { Service } from '../../pdp/service.ts'
import { createStore, deleteStore, findStore, listStores, type RelationStore } from '../../pdp/stores.ts'
import type { Route } from '../route.ts'
import { askRoutes } from './ask.ts'
import { ACTS, fgaRoutes, json, ok } from './at.ts'
import { FgaError, invalid } from './error.ts'
import { listRoutes } from './lists.ts'
import { modelRoutes } from './models.ts'
import * as shape from './shapes.ts'
import { afterOf, afterToken } from './tokens.ts'
import { tupleRoutes } from './tuples.ts'

/** OpenFGA's HTTP API over the org's own model and tuples, and over stores beside them. */
export const openfgaRoutes = (service: Service): readonly Route[] => [
  ...storeRoutes(service),
  ...modelRoutes(service),
  ...tupleRoutes(service),
  ...askRoutes(service),
  ...listRoutes(service),
]

const time = (at: number): string => new Date(at).toISOString()

const shown = ({ id, name, createdAt }: RelationStore) => ({
  id,
  name,
  created_at: time(createdAt),
  updated_at: time(createdAt),
})

function storeRef(params: Readonly<Record<string, string>>): string {
  const id = params.store_id ?? ''
  if (!shape.ulid.safeParse(id).success) throw invalid('`store_id`: expected a ULID')
  return id
}

const oneStore = shape.answer('id', 'name', 'created_at', 'updated_at')

function storeRoutes(service: Service): readonly Route[] {
  return [
    ...fgaRoutes({
      operation: 'CreateStore',
      method: 'POST',
      path: '/stores',
      summary: 'OpenFGA: a new store of the org, beside the one its policies use',
      needs: ACTS.writeModel,
      body: shape.store,
      answers: { 201: { description: 'the store', schema: oneStore } },
      async handle({ state, body }) {
        return { status: 201, body: shown(await createStore(service, state, body.name)) }
      },
    }),
    ...fgaRoutes({
      operation: 'ListStores',
      method: 'GET',
      path: '/stores',
      summary: 'OpenFGA: the stores of the org',
      needs: ACTS.readModel,
      query: z.object({
        page_size: shape.pageSize,
        continuation_token: shape.token,
        name: z.string().max(64).optional(),
      }),
      answers: ok(shape.answer('stores', 'continuation_token')),
      async handle({ state, query }) {
        const after = afterOf(query.continuation_token)
        const all = await listStores(service, state)
        const wanted = all.filter(s => (after === null || s.id > after) && (!query.name || s.name === query.name))
        const page = wanted.slice(0, query.page_size)
        const last = page.at(-1)
        return json({
          stores: page.map(s => ({ ...shown(s), deleted_at: null })),
          continuation_token: wanted.length > page.length && last !== undefined ? afterToken(last.id) : '',
        })
      },
    }),
    ...fgaRoutes({
      operation: 'GetStore',
      method: 'GET',
      path: '/stores/{store_id}',
      summary: 'OpenFGA: one store',
      needs: ACTS.readModel,
      answers: ok(oneStore),
      async handle({ state, params }) {
        const found = await findStore(service, state, storeRef(params))
        if (found === null) throw new FgaError('store_id_not_found', 'Store ID not found')
        return json({ ...shown(found), deleted_at: null })
      },
    }),
    ...fgaRoutes({
      operation: 'DeleteStore',
      method: 'DELETE',
      path: '/stores/{store_id}',
      summary: 'OpenFGA: delete a store; not the one the policies use',
      needs: ACTS.writeModel,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params }) {
        await deleteStore(service, state, storeRef(params))
        return { status: 204 }
      },
    }),
  ]
}
