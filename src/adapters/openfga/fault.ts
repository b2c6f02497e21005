import { FgaApiError } from '@openfga/sdk'
import { ServerError } from '../../facts/server.ts'

/** What became of a call, and whether another try may do better. */
export interface CallFault {
  readonly error: ServerError
  /** The server did not serve: it was not there, too slow or broken. */
  readonly away: boolean
}

/** What it says of a store that is not there. */
const LOST = new Set(['authorization_model_not_found', 'latest_authorization_model_not_found', 'store_id_not_found'])

/** Before anything was sent. */
const UNSENT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/

/**
 * A failure of the client as the rooms above may see it: none of its messages, which hold addresses. `writing`: what is
 * lost on the way may have been carried out.
 */
export function callFault(error: unknown, writing: boolean): CallFault {
  if (error instanceof ServerError) return { error, away: error.code !== 'refused' }
  if (error instanceof FgaApiError && error.statusCode !== undefined) return answered(error, error.statusCode, writing)
  const message = error instanceof Error ? error.message : ''
  const unsent = UNSENT.test(message)
  const why = unsent ? 'it cannot be reached' : 'it does not answer, or not in time'
  return { error: new ServerError(writing && !unsent ? 'unknown' : 'unavailable', why), away: true }
}

function answered({ responseData }: FgaApiError, status: number, writing: boolean): CallFault {
  const { code, message } = (responseData ?? {}) as Readonly<Record<string, unknown>>
  const said = typeof code === 'string' ? { code, status } : null
  if (status === 401 || status === 403) {
    return { error: new ServerError('unavailable', 'it refuses the token it is called with'), away: false }
  }
  if (status === 429 || status >= 500) {
    const unsure = writing && status !== 429
    return { error: new ServerError(unsure ? 'unknown' : 'unavailable', `it answered ${status}`, said), away: true }
  }
  if (status < 400) {
    const why = status < 300 ? 'its answer was cut off' : 'it sends us elsewhere'
    return { error: new ServerError(writing ? 'unknown' : 'unavailable', why), away: true }
  }
  if (status === 404 || LOST.has(said?.code ?? '')) {
    return {
      error: new ServerError('unavailable', 'it does not know the store or the model of this org', said),
      away: false,
    }
  }
  const words = typeof message === 'string' ? message.slice(0, 500) : `it answered ${status}`
  if (writing && said?.code === 'write_failed_due_to_invalid_input') {
    if (words.startsWith('cannot write a tuple which already exists')) {
      return { error: new ServerError('tuple_exists', 'one of the tuples exists already', said), away: false }
    }
    if (words.startsWith('cannot delete a tuple which does not exist')) {
      return { error: new ServerError('tuple_missing', 'one of the tuples does not exist', said), away: false }
    }
  }
  return { error: new ServerError('refused', words, said), away: false }
}
