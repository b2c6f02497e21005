import { claimAt } from '../../agents/claims.ts'
import type { TrustConfig } from '../../agents/trust.ts'
import { type Fetch, FetchError, jsonOf } from '../../lib/fetch.ts'
import type { JsonObject } from '../../policy/json.ts'
import { fault, type WorkloadFault } from './fault.ts'

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'
const EXTRA = 'authentication.kubernetes.io/'

/** How a cluster is asked, and its stored token opened. */
export interface Reviewing {
  readonly fetch: Fetch
  open(sealed: string): string | null
}

/**
 * Asks the cluster whether the token stands: unlike its signature, the cluster knows of pods and accounts that are gone.
 * What it answers must be about the very claims that were verified.
 */
export async function reviewFault(
  token: string,
  claims: JsonObject,
  { provider, tokenReview }: TrustConfig,
  audience: string,
  { fetch, open }: Reviewing,
): Promise<WorkloadFault | null> {
  if (provider !== 'kubernetes' || tokenReview === null) return null
  const { url, token: sealed, ca } = tokenReview
  const ours = open(sealed)
  if (ours === null)
    return fault('review', 'the token to ask the cluster with is sealed under another key; set it anew')
  let status: JsonObject | null
  try {
    const answer = await fetch({
      method: 'POST',
      url: url.replace(/\/+$/, '') + PATH,
      headers: { authorization: `Bearer ${ours}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      }),
      ...(ca !== null && { ca }),
    })
    const review = jsonOf(answer, new URL(url).host) as JsonObject | null
    status = objectAt(review, ['status'])
  } catch (error) {
    if (error instanceof FetchError) return fault('review', error.message)
    throw error
  }
  return status === null ? fault('review', 'the cluster answered no status') : statusFault(status, claims, audience)
}

function statusFault(status: JsonObject, claims: JsonObject, audience: string): WorkloadFault | null {
  if (status.authenticated !== true || (status.error !== undefined && status.error !== '')) {
    return fault('review', 'the cluster does not accept the token')
  }
  const { audiences } = status
  if (!Array.isArray(audiences) || !audiences.includes(audience)) {
    return fault('review', 'the cluster does not confirm the audience')
  }
  if (claimAt(status, ['user', 'username']) !== claims.sub) return fault('review', 'the cluster names another account')
  if (claimAt(status, ['user', 'uid']) !== claimAt(claims, ['kubernetes.io', 'serviceaccount', 'uid'])) {
    return fault('review', 'the account was made anew')
  }
  const pod = claimAt(claims, ['kubernetes.io', 'pod', 'uid'])
  const said = claimAt(status, ['user', 'extra', `${EXTRA}pod-uid`])
  const confirmed = pod === undefined || (Array.isArray(said) && said.includes(pod))
  return confirmed ? null : fault('review', 'the cluster does not confirm the pod')
}

function objectAt(value: JsonObject | null, path: readonly string[]): JsonObject | null {
  const found = value === null ? undefined : claimAt(value, path)
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as JsonObject) : null
}
