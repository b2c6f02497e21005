import { type Fetch, FetchError } from '../../lib/fetch.ts'
import type { Outcome } from '../delivery/port.ts'

/** Tries of a token that the receiver takes for a wrong one, before it is given up: nothing behind it would arrive. */
const TRIES = 5

/** Pushes one security event token (RFC 8935). `tried`: how often it was tried before. */
export async function postSet(
  fetch: Fetch,
  url: string,
  authorization: string | null,
  set: string,
  tried: number,
): Promise<Outcome> {
  try {
    const { status, text } = await fetch({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
        ...(authorization !== null && { authorization }),
      },
      body: set,
    })
    if (status >= 200 && status < 300) return { kind: 'arrived', status }
    const error = status === 400 ? `it refused the token: ${errIn(text)}` : `it answered ${status}`
    return { kind: 'failed', status, error, final: status === 400 && tried + 1 >= TRIES }
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    if (error.code === 'busy') return { kind: 'held_up' }
    return { kind: 'failed', status: null, error: error.message }
  }
}

function errIn(text: string): string {
  try {
    const { err } = JSON.parse(text) as { readonly err?: unknown }
    return typeof err === 'string' && /^[a-z_]{1,50}$/.test(err) ? err : 'without saying why'
  } catch {
    return 'without saying why'
  }
}
