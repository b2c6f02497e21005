import type { JsonObject } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { StoredTuple } from './store.ts'

/** One store of a server, as one of its models sees it. */
export interface Place {
  readonly storeId: string
  readonly modelId: string
}

/** How a question is asked. `context` is what conditions are evaluated in; `higher` asks past the server's caches. */
export interface AskingHow {
  readonly context: JsonObject
  readonly higher: boolean
  /** Tuples that hold for this question only; lists alone take them. */
  readonly contextual?: readonly StoredTuple[]
}

export interface UserFilter {
  readonly type: string
  readonly relation: string | null
}

export interface ServerChange {
  readonly operation: 'write' | 'delete'
  readonly tuple: StoredTuple
}

/** A list that may lack something says so. `everyone`: so does everyone else of the type. */
export interface ServerList {
  readonly ids: readonly string[]
  readonly everyone: boolean
  readonly complete: boolean
}

export interface ServerWrite {
  readonly writes: readonly StoredTuple[]
  readonly deletes: readonly TupleText[]
  readonly onConflict: 'error' | 'ignore'
  readonly onMissing: 'error' | 'ignore'
}

export interface TuplePage {
  readonly tuples: readonly (StoredTuple & { readonly at: string })[]
  readonly nextToken: string
}

/**
 * An OpenFGA server. Every call ends within its deadline; those that may be made twice are tried again. Each fails with
 * a `ServerError`, never with an answer that is made up.
 */
export interface RelationServer {
  readonly name: string
  /** Does `user` hold the relation? Checks that are asked in one turn go out together. */
  check(place: Place, tuple: TupleText, how: AskingHow): Promise<boolean>
  /** Ids of the objects of a type on which `user` holds a relation. */
  listObjects(place: Place, type: string, relation: string, user: string, how: AskingHow): Promise<ServerList>
  /** Ids of the users of a type that hold a relation; with the relation of a set, of the sets that do. */
  listUsers(place: Place, object: string, relation: string, users: UserFilter, how: AskingHow): Promise<ServerList>
  /** Stored tuples; without a filter, all. */
  read(storeId: string, filter: Partial<TupleText>, limit: number, token: string): Promise<TuplePage>
  /** All or none. Fails with `refused` where the server will not, `unknown` where it may have. */
  write(place: Place, write: ServerWrite): Promise<void>
  /** Oldest first, after a place; `next` is that place where there are none. */
  changes(storeId: string, after: string): Promise<{ readonly changes: readonly ServerChange[]; readonly next: string }>
  createStore(name: string): Promise<string>
  deleteStore(storeId: string): Promise<void>
  writeModel(storeId: string, json: JsonObject): Promise<string>
  model(storeId: string, modelId: string): Promise<JsonObject>
  /** One of the questions of OpenFGA's API as it came, for whoever speaks that API. */
  ask(operation: ServerQuestion, storeId: string, body: JsonObject): Promise<JsonObject>
}

export type ServerQuestion = 'check' | 'batchCheck' | 'expand'

export type Servers = ReadonlyMap<string, RelationServer>

/** Most tuples one write of OpenFGA's takes. */
export const MOST_WRITTEN = 100

/**
 * `unavailable`: no answer. `unknown`: no answer to a write, which may have been made. `refused`: the server's own
 * words and code. `tuple_exists`, `tuple_missing`: a write that conflicts.
 */
export type ServerErrorCode = 'unavailable' | 'unknown' | 'refused' | 'tuple_exists' | 'tuple_missing'

export class ServerError extends Error {
  readonly code: ServerErrorCode
  /** What OpenFGA calls it, where it said so, and the status. */
  readonly said: { readonly code: string; readonly status: number } | null
  constructor(code: ServerErrorCode, message: string, said: ServerError['said'] = null, cause?: unknown) {
    super(message, { cause })
    this.name = 'ServerError'
    this.code = code
    this.said = said
  }
}
