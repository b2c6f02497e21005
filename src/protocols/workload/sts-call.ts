/** The header that ties a request to us. */
export const SERVER_ID = 'x-lumo-server-id'

/** A `GetCallerIdentity` request that somebody signed, put together anew from the parts that may be in one. */
export interface StsCall {
  readonly kind: 'sts_call'
  readonly method: 'GET' | 'POST'
  /** Scheme and host, as configurations name it. */
  readonly endpoint: string
  /** `/` and the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** The value of the header that names us; null where it is not told and ours will be sent. It is signed either way. */
  readonly serverId: string | null
  readonly signedAt: number
  readonly signature: string
}

/** `20260304T050607Z` as milliseconds since the epoch; null for anything else. */
export function amzDate(text: string): number | null {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (parts === null) return null
  const [, year, month, day, hour, minute, second] = parts
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? null : at
}

/** The signed headers of a list such as `host;x-amz-date`; null unless each is there once, in lower case. */
export function signedHeadersIn(text: string): readonly string[] | null {
  const names = text.split(';')
  return names.every(name => /^[a-z0-9-]+$/.test(name)) && new Set(names).size === names.length ? names : null
}

/** The endpoint of a URL without user, port (unless it must have one), path, query or fragment. */
export function endpointOf(text: string): { readonly endpoint: string; readonly query: string } | null {
  const parts = /^(https?:\/\/[a-z0-9.-]+(?::\d{1,5})?)\/?(?:\?([A-Za-z0-9%&=._~-]*))?$/.exec(text)
  return parts === null ? null : { endpoint: parts[1] ?? '', query: parts[2] ?? '' }
}
