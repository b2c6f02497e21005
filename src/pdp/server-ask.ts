import { type AskingHow, ServerError, type ServerList, type ServerQuestion, type UserFilter } from '../facts/server.ts'
import type { JsonObject } from '../policy/json.ts'
import { fromServer } from './answered.ts'
import { PdpError } from './errors.ts'
import type { ServerOf } from './server-of.ts'

export type { AskingHow } from '../facts/server.ts'

/** What a server refused, in its own words and under its own code. */
export class ServerRefusal extends Error {
  readonly code: string
  readonly status: number
  constructor(message: string, code: string, status: number) {
    super(message)
    this.name = 'ServerRefusal'
    this.code = code
    this.status = status
  }
}

/** A question of OpenFGA's API, answered by the server as it is. Fails with `ServerRefusal`, `relations_unavailable`. */
export const askRaw = (away: ServerOf, operation: ServerQuestion, body: JsonObject): Promise<JsonObject> =>
  telling(away, away.server.ask(operation, away.storeId, { ...body, authorization_model_id: away.place.modelId }))

export const listObjectsOf = (away: ServerOf, type: string, relation: string, user: string, how: AskingHow) =>
  whole(away, away.server.listObjects(away.place, type, relation, user, how))

export const listUsersOf = (away: ServerOf, object: string, relation: string, users: UserFilter, how: AskingHow) =>
  whole(away, away.server.listUsers(away.place, object, relation, users, how))

/** A list that may lack something is no answer to whoever asks for a list. */
async function whole(away: ServerOf, list: Promise<ServerList>): Promise<ServerList> {
  const found = await telling(away, list)
  if (found.complete) return found
  const why = `the relations server \`${away.server.name}\` may not have listed everything; ask for less at once`
  throw new PdpError('relations_unavailable', why)
}

const telling = <T>({ server }: ServerOf, call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    if (!(error instanceof ServerError)) throw error
    const { said, code } = error
    if (code === 'refused' && said !== null) throw new ServerRefusal(error.message, said.code, said.status)
    throw fromServer(server.name, error)
  })
