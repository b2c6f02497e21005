import type { Fetch } from '../../lib/fetch.ts'
import { timedId } from '../../lib/ids.ts'
import { createDiscovery } from '../../pdp/discovery.ts'
import { createJwksCache } from '../../pdp/jwks.ts'
import type { ReviewTokens } from '../../pdp/review-token.ts'
import type { Service } from '../../pdp/service.ts'
import type { Admit, WorkloadEvent } from './admit.ts'
import { createSigned } from './signature.ts'
import { createVerifyWorkload } from './verify.ts'

/** Verification of workloads on what the service stands on. */
export function admitWith(service: Service, fetch: Fetch, reviewTokens: ReviewTokens): Admit {
  const { clock, tokens, audit } = service
  const signed = createSigned(createJwksCache(fetch, clock), createDiscovery(fetch, clock))
  return {
    verify: createVerifyWorkload({
      fetch,
      clock,
      signed,
      takeOnce: async (org, id, until) => tokens.once.take(org, id, until),
      openReviewToken: reviewTokens.open,
    }),
    issuerOf: tokens.issuers.of,
    audit: event => audit.append(event.org, () => auditOf(event, clock())),
  }
}

function auditOf(
  { event, way, tokenHash, agents, provider, issuer, subject, code, detail }: WorkloadEvent,
  at: number,
) {
  const [agent] = agents
  const name = agent === undefined ? 'anonymous' : `agent:${agent}`
  return {
    id: timedId('log', at),
    at,
    kind: event,
    actor: name,
    target: name,
    data: {
      way,
      token_hash: tokenHash,
      ...(provider !== null && { provider }),
      ...(issuer !== null && { issuer }),
      ...(subject !== null && { subject }),
      ...(code !== null && { code, detail }),
      ...(agents.length > 1 && { agents: [...agents] }),
    },
  }
}
