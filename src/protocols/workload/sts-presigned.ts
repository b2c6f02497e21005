import { fault, type WorkloadFault } from './fault.ts'
import { amzDate, endpointOf, SERVER_ID, type StsCall, signedHeadersIn } from './sts-call.ts'

/** What aws-iam-authenticator puts before a presigned URL in base64url. */
export const PRESIGNED = 'k8s-aws-v1.'

const MAX = 4 * 1024
const SIGNED = [SERVER_ID, 'host']
const REQUIRED = [
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
]
const OPTIONAL = ['X-Amz-Expires', 'X-Amz-Security-Token', 'X-Amz-User-Agent', 'X-Amz-Content-Sha256']

/**
 * Reads a presigned URL. Every parameter is one that is known, spelt as STS spells it and there once; what is sent is
 * written anew from them, so that nobody can read the query otherwise than it was checked.
 */
export function parsePresigned(token: string): StsCall | WorkloadFault {
  const encoded = token.slice(PRESIGNED.length)
  if (token.length > MAX || !/^[A-Za-z0-9_-]+$/.test(encoded)) {
    return fault('malformed', `expected a URL in base64url, at most ${MAX} characters`)
  }
  const found = endpointOf(Buffer.from(encoded, 'base64url').toString('latin1'))
  if (found === null) return fault('malformed', 'expected a URL of STS with a query and nothing else')
  const params = paramsIn(found.query)
  if (params === null) return fault('malformed', 'expected each parameter of a presigned request once, and no other')
  const get = (name: string): string => params.get(name) ?? ''
  if (get('Action') !== 'GetCallerIdentity' || get('Version') !== '2011-06-15') {
    return fault('malformed', 'expected the action GetCallerIdentity')
  }
  if (get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return fault('algorithm', 'expected AWS4-HMAC-SHA256')
  if (!/^[0-9a-f]{64}$/.test(get('X-Amz-Signature'))) return fault('malformed', 'expected an X-Amz-Signature')
  const signedAt = amzDate(get('X-Amz-Date'))
  if (signedAt === null) return fault('malformed', 'expected an X-Amz-Date')
  const signed = signedHeadersIn(get('X-Amz-SignedHeaders'))
  if (signed === null || SIGNED.some(name => !signed.includes(name))) {
    return fault('audience', `expected \`${SERVER_ID}\` and \`host\` among the signed headers`)
  }
  if (signed.length !== SIGNED.length) return fault('malformed', 'expected no further signed headers')
  const query = [...params].map(([name, value]) => `${name}=${encode(value)}`).join('&')
  return {
    kind: 'sts_call',
    method: 'GET',
    endpoint: found.endpoint,
    path: `/?${query}`,
    headers: {},
    body: null,
    serverId: null,
    signedAt,
    signature: get('X-Amz-Signature'),
  }
}

function paramsIn(query: string): ReadonlyMap<string, string> | null {
  const params = new Map<string, string>()
  for (const part of query.split('&')) {
    const [name = '', value, ...more] = part.split('=')
    const known = REQUIRED.includes(name) || OPTIONAL.includes(name)
    if (value === undefined || more.length > 0 || !known || params.has(name)) return null
    const text = decode(value)
    if (text === null || text === '') return null
    params.set(name, text)
  }
  return REQUIRED.every(name => params.has(name)) ? params : null
}

function decode(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text)
    return /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(decoded) ? decoded : null
  } catch {
    return null
  }
}

/** As RFC 3986 wants it, which is what is signed. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
