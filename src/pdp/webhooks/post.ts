import { type Fetch, FetchError } from '../../lib/fetch.ts'
import type { Outcome } from '../delivery/port.ts'

/** How long a receiver may ask to be left alone. */
const LONGEST_MS = 3_600_000

/** What a message is sent with, whoever it is for. */
export interface Posted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a message once. Any answer of 2xx is a yes, and nothing else is. */
export async function post(fetch: Fetch, { url, headers, body }: Posted): Promise<Outcome> {
  try {
    const { status, headers: answered } = await fetch({
      method: 'POST',
      url,
      headers: { ...headers, 'content-type': 'application/json', accept: '*/*', 'user-agent': 'LumoAuth-Webhooks/1' },
      body,
    })
    if (status >= 200 && status < 300) return { kind: 'arrived', status }
    const error = `it answered ${status}`
    return { kind: 'failed', status, error, final: status === 410, ...waited(status, answered['retry-after']) }
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    if (error.code === 'busy') return { kind: 'held_up' }
    return { kind: 'failed', status: null, error: error.message }
  }
}

/** `Retry-After` in seconds, where an answer says that later may be better. */
function waited(status: number, text: string | undefined): { afterMs?: number } {
  if ((status !== 429 && status !== 503) || text === undefined || !/^\d{1,9}$/.test(text)) return {}
  return { afterMs: Math.min(LONGEST_MS, Number(text) * 1_000) }
}
