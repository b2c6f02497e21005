import { wholeList } from '../../pdp/lists.ts'
import { askRaw } from '../../pdp/server-ask.ts'
import type { ServerOf } from '../../pdp/server-of.ts'
import type { Service } from '../../pdp/service.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { CheckOptions, Graph, Listing, Tuple } from '../../relations/graph.ts'
import type { Model } from '../../relations/model.ts'
import type { Route } from '../route.ts'
import { ACTS, askedOf, fgaRoutes, json, ok } from './at.ts'
import { FgaError, invalid } from './error.ts'
import { expanded } from './expand.ts'
import { plainBatchCheck, plainCheck } from './quick.ts'
import * as shape from './shapes.ts'
import { contextualIn, mustHave, objectIn, type TupleKey, userIn } from './tuple.ts'

interface Question {
  readonly tuple_key: TupleKey
  readonly contextual_tuples?: { readonly tuple_keys: readonly TupleKey[] } | null | undefined
  readonly context?: JsonObject | null | undefined
}

interface BatchItem extends Question {
  readonly correlation_id: string
}

export function askRoutes(service: Service): readonly Route[] {
  return [
    ...fgaRoutes({
      operation: 'Check',
      method: 'POST',
      path: '/stores/{store_id}/check',
      summary: 'OpenFGA: has this user this relation to this object?',
      needs: ACTS.check,
      body: shape.check,
      quick: plainCheck,
      answers: ok(shape.answer('allowed', 'resolution')),
      async handle(call) {
        const asked = await askedOf(service, call)
        if (asked.away !== null) return json(await checkAway(asked.away, asked.model, call.body))
        return json({ allowed: answer(asked.graph, call.body), resolution: '' })
      },
    }),
    ...fgaRoutes({
      operation: 'BatchCheck',
      method: 'POST',
      path: '/stores/{store_id}/batch-check',
      summary: 'OpenFGA: several checks at once',
      needs: ACTS.check,
      body: shape.batchCheck,
      quick: plainBatchCheck,
      answers: ok(shape.answer('result')),
      async handle(call) {
        const { checks } = call.body
        const ids = new Set(checks.map(c => c.correlation_id))
        if (ids.size !== checks.length) throw invalid('received duplicate correlation id')
        const { state, graph, model, away } = await askedOf(service, call)
        if (away !== null) return json({ result: await batchAway(away, model, checks, call.body.consistency) })
        return json({ result: Object.fromEntries(await wholeList(state, () => batchOf(graph, checks))) })
      },
    }),
    ...fgaRoutes({
      operation: 'Expand',
      method: 'POST',
      path: '/stores/{store_id}/expand',
      summary: 'OpenFGA: who has a relation to an object, one level deep',
      needs: ACTS.readTuples,
      body: shape.expand,
      answers: ok(shape.answer('tree')),
      async handle(call) {
        const { graph, model, away } = await askedOf(service, call)
        const { tuple_key, contextual_tuples, consistency } = call.body
        const more = contextualIn(model, contextual_tuples?.tuple_keys ?? [], true)
        const object = objectIn(model, tuple_key.object)
        mustHave(model, object.type, tuple_key.relation)
        if (away !== null)
          return json(await askRaw(away, 'expand', { tuple_key, ...withMore(more), ...withHow(consistency) }))
        return json({ tree: { root: expanded(graph, object, tuple_key.relation, more) } })
      },
    }),
  ]
}

/** A question the model has the words for, read. */
function readQuestion(model: Model, { tuple_key: key, contextual_tuples }: Question) {
  const user = userIn(model, key.user)
  const object = objectIn(model, key.object)
  mustHave(model, object.type, key.relation)
  return { key, user, object, contextual: contextualIn(model, contextual_tuples?.tuple_keys ?? [], false) }
}

function answer(graph: Graph, question: Question): boolean {
  const { key, user, object, contextual } = readQuestion(graph.model, question)
  const { context } = question
  const found = graph.check(object, key.relation, user, optionsOf(context, contextual))
  if (found.truth === 'unknown') throw undecided(found.why ?? '')
  return found.truth === 'yes'
}

type Answered = readonly (readonly [id: string, found: ReturnType<typeof oneOf>])[]

function* batchOf(graph: Graph, checks: readonly BatchItem[]): Listing<Answered> {
  const answered: Answered[number][] = []
  for (const check of checks) {
    answered.push([check.correlation_id, oneOf(() => answer(graph, check))])
    yield null
  }
  return answered
}

function oneOf(allowed: () => boolean): { allowed: boolean } | { error: object } {
  try {
    return { allowed: allowed() }
  } catch (error) {
    if (!(error instanceof FgaError)) throw error
    return { error: { input_error: error.code, message: error.message } }
  }
}

function bodyFor(model: Model, question: Question & { readonly consistency?: string | null | undefined }): JsonObject {
  const { key, contextual } = readQuestion(model, question)
  const { user, relation, object } = key
  return {
    tuple_key: { user, relation, object },
    context: question.context ?? {},
    ...withMore(contextual),
    ...withHow(question.consistency),
  }
}

const withMore = (contextual: readonly Tuple[]): JsonObject =>
  contextual.length === 0 ? {} : { contextual_tuples: { tuple_keys: contextual.map(plainKey) } }

/** A tuple without the members a server does not take as null. */
const plainKey = ({ object, relation, user, condition }: Tuple): JsonObject => ({
  object,
  relation,
  user,
  ...(condition !== null && { condition: { ...condition } }),
})

const withHow = (consistency: string | null | undefined): JsonObject => (consistency ? { consistency } : {})

const checkAway = (away: ServerOf, model: Model, body: Parameters<typeof bodyFor>[1]): Promise<JsonObject> =>
  askRaw(away, 'check', bodyFor(model, body))

/** What has no meaning under the model is refused here, one by one; the rest goes to the server together. */
async function batchAway(
  away: ServerOf,
  model: Model,
  checks: readonly BatchItem[],
  consistency: string | null | undefined,
): Promise<JsonObject> {
  const refused: [id: string, error: Json][] = []
  const sent: Json[] = []
  for (const check of checks) {
    const found = oneOf(() => {
      sent.push({ ...bodyFor(model, check), correlation_id: check.correlation_id })
      return true
    })
    if ('error' in found) refused.push([check.correlation_id, { ...found } as JsonObject])
  }
  if (sent.length === 0) return Object.fromEntries(refused)
  const { result } = await askRaw(away, 'batchCheck', { checks: sent, ...withHow(consistency) })
  return { ...(result as JsonObject), ...Object.fromEntries(refused) }
}

/** What a question brings along: conditions are evaluated, with nothing where it brings nothing. */
export const optionsOf = (context: JsonObject | null | undefined, contextual: readonly Tuple[]): CheckOptions => ({
  context: context ?? {},
  ...(contextual.length > 0 && { contextual }),
})

/** Unknown is never answered with no. */
export const undecided = (why: string): FgaError =>
  /hops|steps|negation/.test(why) ? new FgaError('authorization_model_resolution_too_complex', why) : invalid(why)
