import { fault, type WorkloadFault } from './fault.ts'
import { MAX_TOKEN } from './jws.ts'
import { amzDate, endpointOf, SERVER_ID, type StsCall, signedHeadersIn } from './sts-call.ts'

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15'
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9/_-]{1,256}), ?SignedHeaders=([a-z0-9;-]{1,512}), ?Signature=([0-9a-f]{64})$/
const MUST_SIGN = ['host', 'x-amz-date', SERVER_ID]
/** Headers that may be among the signed ones. `host` and `content-length` are written by us, from the same facts. */
const MAY_SIGN = new Set([
  ...MUST_SIGN,
  'content-type',
  'content-length',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'user-agent',
])
const WRITTEN = new Set(['host', 'content-length', SERVER_ID])

/**
 * Reads a request in the shape Vault made common: method, URL, body and headers as JSON, the latter three in base64. Only
 * headers that were signed are sent on.
 */
export function parseVaultShape(token: string): StsCall | WorkloadFault {
  const parts = token.length > MAX_TOKEN ? null : partsIn(token)
  if (parts === null) return fault('malformed', 'expected a method, URL, body and headers of a signed request')
  const { url, body, headers } = parts
  const found = endpointOf(url)
  if (found === null || found.query !== '' || url.includes('?'))
    return fault('malformed', 'expected a URL of STS without a query')
  if (body !== BODY) return fault('malformed', `expected the body \`${BODY}\``)
  const [, , signedText, signature] = AUTHORIZATION.exec(headers.get('authorization') ?? '') ?? []
  const signed = signedText === undefined ? null : signedHeadersIn(signedText)
  const signedAt = amzDate(headers.get('x-amz-date') ?? '')
  if (signed === null || signature === undefined || signedAt === null) {
    return fault('malformed', 'expected an AWS4-HMAC-SHA256 authorization and an X-Amz-Date')
  }
  if (MUST_SIGN.some(name => !signed.includes(name))) {
    return fault('audience', `expected \`${MUST_SIGN.join('`, `')}\` among the signed headers`)
  }
  const odd = signed.find(name => !MAY_SIGN.has(name) || (!WRITTEN.has(name) && !headers.has(name)))
  if (odd !== undefined) return fault('malformed', `unexpected signed header \`${odd}\``)
  const sent = signed.filter(name => !WRITTEN.has(name)).map(name => [name, headers.get(name) ?? ''])
  return {
    kind: 'sts_call',
    method: 'POST',
    endpoint: found.endpoint,
    path: '/',
    headers: { ...Object.fromEntries(sent), authorization: headers.get('authorization') ?? '' },
    body,
    serverId: headers.get(SERVER_ID) ?? '',
    signedAt,
    signature,
  }
}

function partsIn(token: string): { url: string; body: string; headers: ReadonlyMap<string, string> } | null {
  const shape = objectIn(token)
  if (shape === null || shape.iam_http_request_method !== 'POST') return null
  const { iam_request_url: url, iam_request_body: body, iam_request_headers: given } = shape
  const headers = headersIn(typeof given === 'string' ? objectIn(given.startsWith('{') ? given : base64(given)) : given)
  return typeof url === 'string' && typeof body === 'string' && headers !== null
    ? { url: base64(url), body: base64(body), headers }
    : null
}

const base64 = (text: string): string =>
  /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : ''

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Headers by their names in lower case, each there once, with one value. */
function headersIn(given: unknown): ReadonlyMap<string, string> | null {
  if (!isObject(given)) return null
  const headers = new Map<string, string>()
  for (const [name, values] of Object.entries(given)) {
    const [value, ...more] = Array.isArray(values) ? (values as readonly unknown[]) : [values]
    const key = name.toLowerCase()
    const isText = typeof value === 'string' && /^[\x20-\x7e]{1,8192}$/.test(value)
    if (!isText || more.length > 0 || headers.has(key)) return null
    headers.set(key, value)
  }
  return headers
}
