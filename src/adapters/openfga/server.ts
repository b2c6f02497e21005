import { ConsistencyPreference } from '@openfga/sdk'
import type { RelationServer } from '../../facts/server.ts'
import * as answer from './answers.ts'
import { createBatcher } from './batch.ts'
import { type CallCounts, createCaller, type OpenfgaTarget } from './caller.ts'
import { keyOf } from './key.ts'
import { listObjects, listUsers } from './lists.ts'

export interface OpenfgaOptions extends OpenfgaTarget {
  /** The server's own `--listObjects-deadline` and `--listUsers-deadline`, and `--listUsers-max-results`. */
  readonly listDeadlineMs: number
  readonly listMost: number
}

export interface OpenfgaServer extends RelationServer {
  readonly counts: CallCounts
  close(): void
}

const FRESH = ConsistencyPreference.HigherConsistency

/** An OpenFGA server through its own SDK. */
export function createOpenfgaServer(name: string, options: OpenfgaOptions): OpenfgaServer {
  const caller = createCaller(options)
  const { call } = caller
  const limits = { deadlineMs: options.listDeadlineMs, most: options.listMost }
  return {
    name,
    counts: caller.counts,
    close: () => caller.close(),
    check: createBatcher(caller),
    listObjects: (place, type, relation, user, how) => listObjects(caller, limits, place, type, relation, user, how),
    listUsers: (place, object, relation, filter, how) =>
      listUsers(caller, limits, place, object, relation, filter, how),

    async read(storeId, filter, limit, token) {
      const key = Object.keys(filter).length === 0 ? {} : { tuple_key: filter }
      const body = { ...key, page_size: limit, continuation_token: token, consistency: FRESH }
      const found = await call({ operation: 'Read' }, (api, o) => api.read(storeId, body, o), answer.readTuples)
      return {
        tuples: found.tuples.map(({ key, timestamp }) => ({ ...answer.storedOf(key), at: timestamp })),
        nextToken: found.continuation_token,
      }
    },

    async write({ storeId, modelId }, { writes, deletes, onConflict, onMissing }) {
      const body = {
        authorization_model_id: modelId,
        ...(writes.length > 0 && { writes: { tuple_keys: writes.map(keyOf), on_duplicate: onConflict } }),
        ...(deletes.length > 0 && {
          deletes: {
            tuple_keys: deletes.map(({ object, relation, user }) => ({ object, relation, user })),
            on_missing: onMissing,
          },
        }),
      }
      const how = { operation: 'Write', writing: true }
      await call(how, (api, o) => api.write(storeId, body as never, o), answer.anything)
    },

    async changes(storeId, after) {
      const how = { operation: 'ReadChanges' }
      const found = await call(
        how,
        (api, o) => api.readChanges(storeId, undefined, 100, after === '' ? undefined : after, undefined, o),
        answer.readChanges,
      )
      const changes = found.changes.map(({ tuple_key, operation }) => ({
        operation: operation === 'TUPLE_OPERATION_WRITE' ? ('write' as const) : ('delete' as const),
        tuple: answer.storedOf(tuple_key),
      }))
      return { changes, next: changes.length === 0 ? after : found.continuation_token }
    },

    async createStore(storeName) {
      const how = { operation: 'CreateStore', writing: true }
      return (await call(how, (api, o) => api.createStore({ name: storeName }, o), answer.madeStore)).id
    },

    async deleteStore(storeId) {
      await call({ operation: 'DeleteStore', writing: true }, (api, o) => api.deleteStore(storeId, o), answer.anything)
    },

    async writeModel(storeId, json) {
      const how = { operation: 'WriteAuthorizationModel', writing: true }
      const make = (api: Parameters<Parameters<typeof call>[1]>[0], o: object) =>
        api.writeAuthorizationModel(storeId, json as never, o)
      return (await call(how, make, answer.madeModel)).authorization_model_id
    },

    async model(storeId, modelId) {
      const how = { operation: 'ReadAuthorizationModel' }
      const found = await call(how, (api, o) => api.readAuthorizationModel(storeId, modelId, o), answer.model)
      return found.authorization_model
    },

    ask: (operation, storeId, body) =>
      call({ operation }, (api, o) => api[operation](storeId, body as never, o), answer.anything),
  }
}
