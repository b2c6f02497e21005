import type { JsonObject } from '../policy/json.ts'
import { BINDINGS, bindingOf, isPlain } from './claims.ts'
import type { Provider, TrustConfig } from './trust.ts'

/** Where a configuration lives. */
export interface TrustSurroundings {
  /** The org's issuer. */
  readonly issuer: string
  /** Whether a URL may be fetched from at all: https, or a host that the operator allows. */
  mayFetch(url: string): boolean
}

export interface TrustFindings {
  /** Why it must not be kept. */
  readonly faults: readonly string[]
  /** What whoever keeps it should know. */
  readonly warnings: readonly string[]
}

const SIGNING = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']

interface Limits {
  readonly algorithms: readonly string[]
  /** Of `maxAge`, in seconds. */
  readonly most: number
  /** Whether the platform hands out the same token again until it nears its end. */
  readonly caches: boolean
}

/** What is taken where a configuration does not say, and the most it may. */
export const LIMITS: Readonly<Record<Provider, Limits>> = {
  kubernetes: { algorithms: ['RS256', 'ES256'], most: 3_607, caches: true },
  aws: { algorithms: ['RS256', 'ES384'], most: 3_600, caches: false },
  gcp: { algorithms: ['RS256'], most: 3_600, caches: true },
  // Managed identities get tokens of a day.
  azure: { algorithms: ['RS256'], most: 86_400, caches: true },
  spiffe: { algorithms: ['RS256', 'ES256', 'ES384'], most: 3_600, caches: true },
  github: { algorithms: ['RS256'], most: 3_600, caches: false },
  oidc: { algorithms: ['RS256', 'ES256'], most: 3_600, caches: false },
}

const ISSUERS: Readonly<Record<Provider, { readonly form: RegExp; readonly expected: string }>> = {
  kubernetes: { form: /^https:\/\/[^?#@\s]+$/, expected: 'the issuer URL of the cluster' },
  aws: { form: /^https:\/\/[a-z0-9-]+\.tokens\.sts\.global\.api\.aws$/, expected: "the account's own issuer" },
  gcp: { form: /^https:\/\/accounts\.google\.com$/, expected: '`https://accounts.google.com`' },
  azure: {
    form: /^https:\/\/[^?#@\s]+\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/(?:v2\.0)?$/,
    expected: 'the issuer of one tenant, with its id',
  },
  spiffe: { form: /^spiffe:\/\/[a-z0-9._-]{1,255}$/, expected: 'a trust domain such as `spiffe://prod.acme.com`' },
  github: {
    form: /^https:\/\/[^?#@\s]+$/,
    expected: '`https://token.actions.githubusercontent.com` or that of a server',
  },
  oidc: { form: /^https:\/\/[^?#@\s]+$/, expected: 'an https URL without user, query and fragment' },
}

const STS = /^https:\/\/sts(?:-fips)?(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/
const API_SERVER = /^(?:https:\/\/)?kubernetes(?:\.default(?:\.svc(?:\.[a-z0-9.-]+)?)?)?$/
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']

/** Looks at a configuration before it is kept: what could never work, or would let in more than one workload, is a fault. */
export function checkTrust(config: TrustConfig, around: TrustSurroundings): TrustFindings {
  const faults = [
    ...issuerFaults(config, around),
    ...bindFaults(config),
    ...keyFaults(config, around),
    ...limitFaults(config),
    ...reviewFaults(config, around),
  ]
  return { faults, warnings: faults.length > 0 ? [] : warningsOf(config, around) }
}

function issuerFaults(
  { provider, issuer, signedRequest, bind }: TrustConfig,
  around: TrustSurroundings,
): readonly string[] {
  if (signedRequest && provider !== 'aws') return ['`signed_request` is for `aws`']
  const isLocal = !issuer.startsWith('https:') && around.mayFetch(issuer)
  const { form, expected } = signedRequest ? { form: STS, expected: 'an STS endpoint of AWS' } : ISSUERS[provider]
  if (!form.test(issuer) && !(isLocal && provider !== 'gcp' && provider !== 'azure')) {
    return [`\`issuer\`: expected ${expected}`]
  }
  const tenant = provider === 'azure' ? issuer.split('/').includes(String(bind.tenant_id)) : true
  return tenant ? [] : ['`issuer`: expected that of the tenant in `bind.tenant_id`']
}

function bindFaults({ provider, bind, rules }: TrustConfig): readonly string[] {
  const missing = BINDINGS[provider].required.filter(name => !Object.hasOwn(bind, name))
  const odd = Object.entries(bind).filter(([name, value]) => bindingOf(provider, name) === null || !isPlain(value))
  const loose = Object.entries(bind).filter(
    ([, value]) => value === '' || (typeof value === 'string' && value.includes('*')),
  )
  return [
    ...missing.map(name => `\`bind.${name}\` is required: without it other workloads would be let in as well`),
    ...odd.map(([name]) => `\`bind.${name}\`: \`${provider}\` has no such name, or its value is not plain`),
    ...loose.map(([name]) => `\`bind.${name}\`: values are compared exactly; there are no patterns`),
    ...rules.flatMap(({ claim, operator, value }) => {
      const isList = Array.isArray(value) && value.length > 0 && value.every(isPlain)
      const fits =
        operator === 'exists' || operator === 'not_exists'
          ? true
          : operator === 'in' || operator === 'not_in'
            ? isList
            : operator === 'starts_with'
              ? typeof value === 'string' && value !== ''
              : isPlain(value)
      return fits ? [] : [`the rule on \`${claim.join('.')}\`: \`${operator}\` cannot hold for this value`]
    }),
  ]
}

function keyFaults(config: TrustConfig, around: TrustSurroundings): readonly string[] {
  const { provider, signedRequest, jwks, jwksUri, algorithms } = config
  if (signedRequest) {
    const none = jwks === null && jwksUri === null && config.audience === null
    return none ? [] : ['a signed request has no keys and no audience of its own: STS is asked']
  }
  const allowed = provider === 'spiffe' ? SIGNING : [...SIGNING, 'EdDSA', 'Ed25519']
  const odd = algorithms.filter(alg => !allowed.includes(alg))
  return [
    ...(algorithms.length === 0 || odd.length > 0 ? [`\`algorithms\`: expected some of ${allowed.join(', ')}`] : []),
    ...(jwks !== null && jwksUri !== null ? ['expected `jwks` or `jwks_uri`, not both'] : []),
    ...(provider === 'spiffe' && jwks === null && jwksUri === null
      ? ['a trust domain needs `jwks` or `jwks_uri`']
      : []),
    ...(jwksUri !== null && !around.mayFetch(jwksUri) ? ['`jwks_uri`: expected an https URL'] : []),
    ...(jwks !== null && !arePublic(jwks) ? ['`jwks`: expected a set of 0 to 100 public keys'] : []),
  ]
}

function arePublic({ keys }: JsonObject): boolean {
  if (!Array.isArray(keys) || keys.length > 100) return false
  return keys.every(key => {
    if (typeof key !== 'object' || key === null || Array.isArray(key)) return false
    const { kty } = key as JsonObject
    return ['RSA', 'EC', 'OKP'].includes(String(kty)) && !PRIVATE_MEMBERS.some(name => Object.hasOwn(key, name))
  })
}

function limitFaults({ provider, maxAge, skew, audience }: TrustConfig): readonly string[] {
  const { most } = LIMITS[provider]
  return [
    ...(maxAge < 60 || maxAge > most ? [`\`max_age_s\`: expected 60 to ${most} for \`${provider}\``] : []),
    ...(skew < 0 || skew > 60 ? ['`skew_s`: expected 0 to 60'] : []),
    ...(provider === 'kubernetes' && audience !== null && API_SERVER.test(audience)
      ? ['`audience`: that of the API server is in every pod of the cluster; ask for one of your own']
      : []),
  ]
}

function reviewFaults({ provider, tokenReview }: TrustConfig, around: TrustSurroundings): readonly string[] {
  if (tokenReview === null) return []
  if (provider !== 'kubernetes') return ['`token_review` is for `kubernetes`']
  return around.mayFetch(tokenReview.url) ? [] : ['`token_review.url`: expected an https URL']
}

function warningsOf(config: TrustConfig, { issuer }: TrustSurroundings): readonly string[] {
  const { provider, bind, audience, soleAudience, singleUse, signedRequest } = config
  const narrows = ['environment', 'ref', 'job_workflow_ref', 'workflow_ref', 'sub'].some(name =>
    Object.hasOwn(bind, name),
  )
  return [
    ...(audience !== null && audience !== issuer
      ? ['`audience` is not this org alone: who gets a token for it elsewhere can use it here']
      : []),
    ...(soleAudience ? [] : ['tokens that are for others as well are accepted: those could use them here']),
    ...(singleUse ? [] : ['a token counts as often as it is shown, until it ends']),
    ...(provider === 'kubernetes' && bind.service_account_uid === undefined
      ? ['without `bind.service_account_uid` an account that is made anew under the name is let in']
      : []),
    ...(signedRequest && bind.role_id === undefined
      ? ['without `bind.role_id` a role that is made anew under the name is let in']
      : []),
    ...(provider === 'github' && !narrows ? ['any workflow of the repository, on any branch, is let in'] : []),
    ...(provider === 'github' && String(bind.event_name).startsWith('pull_request')
      ? ['whoever may open a pull request, from a fork too, is let in']
      : []),
  ]
}
