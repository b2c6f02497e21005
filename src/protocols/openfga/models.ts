import { z } from 'zod'
import { listJsonModels, modelId, modelNamed, putJsonModel, readJsonModel } from '../../pdp/models.ts'
import type { Service } from '../../pdp/service.ts'
import type { JsonObject } from '../../policy/json.ts'
import { validateTuple } from '../../relations/tuple.ts'
import type { Route } from '../route.ts'
import { ACTS, fgaRoutes, json, ok, storeOf } from './at.ts'
import { FgaError, invalid } from './error.ts'
import * as shape from './shapes.ts'
import { afterOf, afterToken } from './tokens.ts'
import { keyOf, mustHave, objectIn, tupleOf, userIn } from './tuple.ts'

const MOST_TYPES = 100

const noModel = (id: string): FgaError =>
  new FgaError('authorization_model_not_found', `Authorization Model '${id}' not found`)

function modelRef(params: Readonly<Record<string, string>>): string {
  const id = params.model_id ?? ''
  if (!shape.ulid.safeParse(id).success) throw invalid('`id`: expected a ULID')
  return id
}

export function modelRoutes(service: Service): readonly Route[] {
  return [
    ...fgaRoutes({
      operation: 'WriteModel',
      method: 'POST',
      path: '/stores/{store_id}/authorization-models',
      summary: 'OpenFGA: a new version of the model',
      needs: ACTS.writeModel,
      body: shape.model,
      answers: { 201: { description: 'its id', schema: shape.answer('authorization_model_id') } },
      async handle(call) {
        const state = await storeOf(service, call)
        const { schema_version, type_definitions, conditions } = call.body
        if (type_definitions.length > MOST_TYPES) {
          throw new FgaError(
            'exceeded_entity_limit',
            `The number of type definitions exceeds the allowed limit of ${MOST_TYPES}`,
          )
        }
        const model = { schema_version, type_definitions, conditions: conditions ?? {} } as JsonObject
        return { status: 201, body: { authorization_model_id: await putJsonModel(service, state, model) } }
      },
    }),
    ...fgaRoutes({
      operation: 'ReadModels',
      method: 'GET',
      path: '/stores/{store_id}/authorization-models',
      summary: 'OpenFGA: versions of the model, newest first',
      needs: ACTS.readModel,
      query: z.object({ page_size: shape.pageSize, continuation_token: shape.token }),
      answers: ok(shape.answer('authorization_models', 'continuation_token')),
      async handle(call) {
        const state = await storeOf(service, call)
        const { page_size, continuation_token } = call.query
        const { models, more } = await listJsonModels(service, state, afterOf(continuation_token), page_size)
        const last = models.at(-1)
        return json({
          authorization_models: models.map(({ id, json: rest }) => ({ id, ...rest })),
          continuation_token: more && last !== undefined ? afterToken(last.id) : '',
        })
      },
    }),
    ...fgaRoutes({
      operation: 'ReadModel',
      method: 'GET',
      path: '/stores/{store_id}/authorization-models/{model_id}',
      summary: 'OpenFGA: one version of the model',
      needs: ACTS.readModel,
      answers: ok(shape.answer('authorization_model')),
      async handle(call) {
        const id = modelRef(call.params)
        const found = await readJsonModel(service, await storeOf(service, call), id)
        if (found === null) throw noModel(id)
        return json({ authorization_model: { id, ...found.json } })
      },
    }),
    ...fgaRoutes({
      operation: 'ReadAssertions',
      method: 'GET',
      path: '/stores/{store_id}/assertions/{model_id}',
      summary: 'OpenFGA: assertions kept with a model',
      needs: ACTS.readModel,
      answers: ok(shape.answer('authorization_model_id', 'assertions')),
      async handle(call) {
        const id = modelRef(call.params)
        const state = await storeOf(service, call)
        const assertions = await service.store.assertions(state.org.slug, modelId(id) ?? '')
        return json({ authorization_model_id: id, assertions })
      },
    }),
    ...fgaRoutes({
      operation: 'WriteAssertions',
      method: 'PUT',
      path: '/stores/{store_id}/assertions/{model_id}',
      summary: 'OpenFGA: keep assertions with a model',
      needs: ACTS.writeModel,
      body: shape.assertions,
      answers: { 204: { description: 'kept' } },
      async handle(call) {
        const id = modelRef(call.params)
        const state = await storeOf(service, call)
        const named = await modelNamed(service, state, id)
        if (named === null) throw noModel(id)
        const { model } = named
        const kept = call.body.assertions.map(({ tuple_key, expectation, contextual_tuples, context }) => {
          userIn(model, tuple_key.user)
          mustHave(model, objectIn(model, tuple_key.object).type, tuple_key.relation)
          const more = (contextual_tuples ?? []).map(tupleOf)
          for (const tuple of more) {
            const problem = validateTuple(model, tuple)
            if (problem !== null && problem.code !== 'implicit') throw invalid(problem.message)
          }
          return { tuple_key, expectation, contextual_tuples: more.map(keyOf), context: context ?? null }
        })
        await service.store.saveAssertions(state.org.slug, modelId(id) ?? '', kept)
        return { status: 204 }
      },
    }),
  ]
}
