import { ConsistencyPreference } from '@openfga/sdk'
import { type AskingHow, type Place, ServerError } from '../../facts/server.ts'
import type { TupleText } from '../../policy/question.ts'
import { checked } from './answers.ts'
import type { Caller } from './caller.ts'

/** Most checks of one call, as OpenFGA has it. */
const MOST = 50

interface Waiting {
  readonly tuple: TupleText
  readonly how: AskingHow
  readonly resolve: (holds: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Checks that are asked in one turn of the event loop go out together. */
export function createBatcher(caller: Caller): (place: Place, tuple: TupleText, how: AskingHow) => Promise<boolean> {
  const queues = new Map<string, { readonly place: Place; readonly higher: boolean; readonly waiting: Waiting[] }>()

  const send = async (place: Place, higher: boolean, waiting: readonly Waiting[]): Promise<void> => {
    const consistency = higher ? ConsistencyPreference.HigherConsistency : ConsistencyPreference.MinimizeLatency
    const checks = waiting.map(({ tuple, how }, i) => ({
      tuple_key: { object: tuple.object, relation: tuple.relation, user: tuple.user },
      context: how.context,
      correlation_id: String(i),
    }))
    const body = { checks, authorization_model_id: place.modelId, consistency }
    try {
      const how = { operation: 'BatchCheck' }
      const { result } = await caller.call(how, (api, o) => api.batchCheck(place.storeId, body, o), checked)
      for (const [i, { resolve, reject }] of waiting.entries()) {
        const one = result[String(i)]
        if (one?.error) reject(faultOf(one.error))
        else if (one?.allowed === undefined) reject(new ServerError('unavailable', 'its answer lacks a check'))
        else resolve(one.allowed)
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  const flush = (): void => {
    const all = [...queues.values()]
    queues.clear()
    for (const { place, higher, waiting } of all) {
      for (let i = 0; i < waiting.length; i += MOST) void send(place, higher, waiting.slice(i, i + MOST))
    }
  }

  return (place, tuple, how) =>
    new Promise((resolve, reject) => {
      if (queues.size === 0) setImmediate(flush)
      const key = JSON.stringify([place.storeId, place.modelId, how.higher])
      const queue = queues.get(key) ?? { place, higher: how.higher, waiting: [] }
      queues.set(key, queue)
      queue.waiting.push({ tuple, how, resolve, reject })
    })
}

const faultOf = ({ input_error, message }: { input_error?: string | undefined; message: string }): ServerError =>
  input_error === undefined
    ? new ServerError('unavailable', 'it could not work out a check')
    : new ServerError('refused', message.slice(0, 500), { code: input_error, status: 400 })
