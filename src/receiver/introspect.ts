/** What the server says of a token: null where it cannot be asked. */
export type Introspect = (token: string) => Promise<boolean | null>

export interface IntrospectionClient {
  readonly clientId: string
  readonly clientSecret: string
}

const TIMEOUT_MS = 1_000

/** Asks the issuer (RFC 7662) in the name of a client. */
export function createIntrospect(url: string, client: IntrospectionClient, ask: typeof fetch): Introspect {
  return async token => {
    const body = new URLSearchParams({ token, client_id: client.clientId, client_secret: client.clientSecret })
    try {
      const got = await ask(url, { method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
      if (got.status !== 200) return null
      const { active } = (await got.json()) as { readonly active?: unknown }
      return typeof active === 'boolean' ? active : null
    } catch {
      return null
    }
  }
}
