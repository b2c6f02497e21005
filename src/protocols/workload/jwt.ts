import { ruleHolds, unboundName } from '../../agents/claims.ts'
import type { TrustConfig } from '../../agents/trust.ts'
import { sha256 } from '../../lib/ids.ts'
import type { JsonObject } from '../../policy/json.ts'
import { fault, type WorkloadFault } from './fault.ts'
import { type Jws, parseJws } from './jws.ts'
import { JWT_PROVIDERS } from './providers/all.ts'
import { LEGACY_ISSUER } from './providers/kubernetes.ts'
import type { JwtProvider } from './providers/provider.ts'
import { trustDomainOf } from './providers/spiffe.ts'
import type { Candidate, Found, Shown, WorkloadPorts } from './shown.ts'
import { sourceOf } from './signature.ts'
import { audienceFault, endOf, timesFault } from './times.ts'
import { reviewFault } from './token-review.ts'

/** Configurations whose keys are tried on one token; they may each have their own. */
const MAX_MATCHES = 20

/** A JWT of any platform: which configurations does it satisfy in every respect? */
export async function verifyJwt(shown: Shown, ports: WorkloadPorts): Promise<Found | WorkloadFault> {
  const jws = parseJws(shown.token)
  if (jws.kind === 'fault') return jws
  const { claims } = jws
  if (claims.iss === LEGACY_ISSUER) return fault('legacy_token', 'expected a projected token, not one of a secret')
  const candidates = candidatesFor(claims, shown)
  if (candidates.length === 0) return fault('unknown_issuer', 'no active configuration has this issuer')
  const now = ports.clock()
  const matches: Candidate[] = []
  let first: WorkloadFault | null = null
  for (const candidate of candidates) {
    const wrong = claimsFault(jws, candidate.config, shown.issuer, now)
    if (wrong === null) matches.push(candidate)
    else first = first === null || rank(wrong) > rank(first) ? wrong : first
  }
  if (matches.length === 0 && first !== null) return first
  if (matches.length > MAX_MATCHES) return fault('ambiguous', `more than ${MAX_MATCHES} configurations match`)
  return believed(shown, jws, matches, ports)
}

/** Those of the token's issuer; for SPIFFE, whose tokens need none, those of the trust domain of `sub`. */
function candidatesFor({ iss, sub }: JsonObject, { provider, trusting }: Shown): readonly Candidate[] {
  const domain = typeof sub === 'string' ? trustDomainOf(sub) : null
  const ofIssuer = typeof iss === 'string' ? trusting(iss).filter(c => c.config.provider !== 'spiffe') : []
  const ofDomain = domain === null ? [] : trusting(domain).filter(c => c.config.provider === 'spiffe')
  return [...ofIssuer, ...ofDomain].filter(c => provider === null || c.config.provider === provider)
}

/** All that is said by the token itself. Not yet believed: it only spares asking for keys in vain. */
function claimsFault(jws: Jws, config: TrustConfig, issuer: string, now: number): WorkloadFault | null {
  const provider = JWT_PROVIDERS[config.provider]
  const { claims } = jws
  return (
    headerFault(jws, config, provider) ??
    audienceFault(claims, config.audience ?? issuer, config) ??
    timesFault(claims, config, provider.needsIat, now) ??
    provider.check(claims, config) ??
    bindFault(claims, config)
  )
}

export function bindFault(claims: JsonObject, config: TrustConfig): WorkloadFault | null {
  const name = unboundName(config, claims)
  if (name !== null) return fault('bind', `\`${name}\` is not what the configuration binds it to`)
  const rule = config.rules.find(one => !ruleHolds(one, claims))
  return rule === undefined ? null : fault('rule', `the rule on \`${rule.claim.join('.')}\` does not hold`)
}

function headerFault({ header, alg }: Jws, config: TrustConfig, provider: JwtProvider): WorkloadFault | null {
  const { typ } = header
  if (!config.algorithms.includes(alg)) return fault('algorithm', '`alg` is not one the configuration accepts')
  if (config.provider === 'spiffe' && !/^(?:RS|ES|PS)/.test(alg)) return fault('algorithm', 'no algorithm of JWT-SVIDs')
  const extra = Object.keys(header).find(name => !provider.headers.includes(name))
  if (extra !== undefined) return fault('header', `unexpected header \`${extra}\``)
  const isType = typ === undefined || (typeof typ === 'string' && provider.types.includes(typ))
  return isType ? null : fault('header', `expected \`typ\` ${provider.types.join(' or ')}`)
}

/** How near a token came, so that of many configurations the fault of the likeliest is told. */
const ORDER: readonly string[] = [
  'algorithm',
  'header',
  'audience',
  'expired',
  'not_yet',
  'lifetime',
  'provider',
  'user_token',
  'event',
  'bind',
  'rule',
]
const rank = ({ code }: WorkloadFault): number => ORDER.indexOf(code)

/** Keeps the configurations by whose keys, and by whose cluster, the token is what it says. */
async function believed(
  { token, issuer, org }: Shown,
  jws: Jws,
  matches: readonly Candidate[],
  { signed, fetch, clock, openReviewToken }: WorkloadPorts,
): Promise<Found | WorkloadFault> {
  const reviewing = { fetch, open: (sealed: string) => openReviewToken(org, sealed) }
  const bySource = new Map<string, Promise<WorkloadFault | null>>()
  const checked = await Promise.all(
    matches.map(async ({ config }): Promise<WorkloadFault | null> => {
      const { keyUse } = JWT_PROVIDERS[config.provider]
      const source = `${keyUse} ${sourceOf(config)}`
      const signature = bySource.get(source) ?? signed(token, jws, config, keyUse)
      bySource.set(source, signature)
      return (await signature) ?? (await reviewFault(token, jws.claims, config, config.audience ?? issuer, reviewing))
    }),
  )
  const kept = matches.filter((_, index) => checked[index] === null)
  const [best] = kept
  if (best === undefined) return checked.find(f => f !== null && f !== undefined) ?? fault('signature', 'not signed')
  const { claims } = jws
  const { iss, sub, jti } = claims
  return {
    kind: 'found',
    matches: kept,
    issuer: typeof iss === 'string' && best.config.provider !== 'spiffe' ? iss : best.config.issuer,
    subject: String(sub),
    name: JWT_PROVIDERS[best.config.provider].name(claims),
    claims,
    // Not of the whole token: some signatures can be written in more than one way.
    id:
      typeof jti === 'string' && jti !== '' ? `jti ${jti}` : `token ${sha256(token.slice(0, token.lastIndexOf('.')))}`,
    expiresAt: endOf(claims, best.config, clock()),
  }
}
