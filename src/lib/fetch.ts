/** What is asked of a server that is not ours. */
export interface FetchRequest {
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM of the authority that signs the server's certificate, where it is no public one. */
  readonly ca?: string
}

export interface Fetched {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/**
 * The one way out to addresses that callers or configurations name. Bounded in size, time and number, never redirected,
 * never to an address of special use. Fails with `FetchError` and nothing else.
 */
export type Fetch = (request: FetchRequest) => Promise<Fetched>

export type FetchErrorCode =
  | 'bad_url'
  | 'forbidden_address'
  | 'unresolved'
  | 'unreachable'
  | 'timeout'
  | 'redirect'
  | 'too_large'
  | 'bad_answer'
  | 'busy'

/** The message is for logs and admins; it names the host and never what was sent. */
export class FetchError extends Error {
  readonly code: FetchErrorCode
  constructor(code: FetchErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'FetchError'
    this.code = code
  }
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]*\+)?json$/i

/** The JSON of an answer with status 200 or 201; fails with `bad_answer` for any other status, type or text. */
export function jsonOf({ status, headers, text }: Fetched, from: string): unknown {
  if (status !== 200 && status !== 201)
    throw new FetchError('bad_answer', `\`${from}\` answered ${status}; expected 200`)
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? ''
  if (!JSON_TYPE.test(type))
    throw new FetchError('bad_answer', `\`${from}\` answered no JSON type; expected application/json`)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new FetchError('bad_answer', `\`${from}\` answered something that is not JSON`, error)
  }
}
