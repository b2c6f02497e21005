import type { Service } from '../../pdp/service.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { CheckOptions, Graph, Tuple } from '../../relations/graph.ts'
import type { Route } from '../route.ts'
import { ACTS, askedOf, fgaRoutes, json, ok } from './at.ts'
import { FgaError, invalid } from './error.ts'
import { expanded } from './expand.ts'
import * as shape from './shapes.ts'
import { contextualIn, mustHave, objectIn, type TupleKey, userIn } from './tuple.ts'

interface Question {
  readonly tuple_key: TupleKey
  readonly contextual_tuples?: { readonly tuple_keys: readonly TupleKey[] } | null | undefined
  readonly context?: JsonObject | null | undefined
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
      answers: ok(shape.answer('allowed', 'resolution')),
      async handle(call) {
        const { graph } = await askedOf(service, call)
        return json({ allowed: answer(graph, call.body), resolution: '' })
      },
    }),
    ...fgaRoutes({
      operation: 'BatchCheck',
      method: 'POST',
      path: '/stores/{store_id}/batch-check',
      summary: 'OpenFGA: several checks at once',
      needs: ACTS.check,
      body: shape.batchCheck,
      answers: ok(shape.answer('result')),
      async handle(call) {
        const { checks } = call.body
        const ids = new Set(checks.map(c => c.correlation_id))
        if (ids.size !== checks.length) throw invalid('received duplicate correlation id')
        const { graph } = await askedOf(service, call)
        return json({ result: Object.fromEntries(checks.map(c => [c.correlation_id, oneOf(graph, c)])) })
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
        const { graph } = await askedOf(service, call)
        const { tuple_key, contextual_tuples } = call.body
        const more = contextualIn(graph.model, contextual_tuples?.tuple_keys ?? [], true)
        const object = objectIn(graph.model, tuple_key.object)
        mustHave(graph.model, object.type, tuple_key.relation)
        return json({ tree: { root: expanded(graph, object, tuple_key.relation, more) } })
      },
    }),
  ]
}

function answer(graph: Graph, { tuple_key: key, contextual_tuples, context }: Question): boolean {
  const { model } = graph
  const user = userIn(model, key.user)
  const object = objectIn(model, key.object)
  mustHave(model, object.type, key.relation)
  const contextual = contextualIn(model, contextual_tuples?.tuple_keys ?? [], false)
  const found = graph.check(object, key.relation, user, optionsOf(context, contextual))
  if (found.truth === 'unknown') throw undecided(found.why ?? '')
  return found.truth === 'yes'
}

function oneOf(graph: Graph, question: Question): object {
  try {
    return { allowed: answer(graph, question) }
  } catch (error) {
    if (!(error instanceof FgaError)) throw error
    return { error: { input_error: error.code, message: error.message } }
  }
}

/** What a question brings along: conditions are evaluated, with nothing where it brings nothing. */
export const optionsOf = (context: JsonObject | null | undefined, contextual: readonly Tuple[]): CheckOptions => ({
  context: context ?? {},
  ...(contextual.length > 0 && { contextual }),
})

/** Unknown is never answered with no. */
export const undecided = (why: string): FgaError =>
  /hops|steps|negation/.test(why) ? new FgaError('authorization_model_resolution_too_complex', why) : invalid(why)
