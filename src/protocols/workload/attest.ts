import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { OAUTH_ERRORS } from '../oauth/error.ts'
import { createRateLimit } from '../oauth/rate.ts'
import { type Route, route } from '../route.ts'
import { type Admit, admitWorkload } from './admit.ts'
import { MAX_TOKEN } from './jws.ts'
import { wantedFor } from './wanted.ts'

/** Tokens got here live this long at the most. */
const MOST_MS = 900_000

const answer = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.int(),
  scope: z.string(),
  identity: z.object({
    provider: z.string(),
    subject: z.string(),
    issuer: z.string(),
    audience_generic: z.boolean(),
  }),
})

const NO_STORE = { 'cache-control': 'no-store' } as const

/** One error for all that can be wrong with a token: what exactly is for the audit, not for whoever tries. */
const rejected = (): PdpError =>
  new PdpError('attestation_rejected', 'the attestation token was not accepted; the audit of the org says why')

/** A workload becomes its agent by its platform's own token. `rate`: requests a minute from one address. */
export function attestRoute(service: Service, admit: Admit, rate: number): Route {
  const perAddress = createRateLimit(rate, 'from this address', service.clock)
  return route({
    operation: 'attestAgent',
    method: 'POST',
    path: '/orgs/{org}/api/v1/agents/{agentId}/attest',
    tag: 'oauth',
    summary: "An access token for an agent, for its platform's own token",
    needs: 'public',
    errors: OAUTH_ERRORS,
    body: z.object({ attestation_token: z.string().min(1).max(MAX_TOKEN) }),
    refusal: () => new PdpError('missing_attestation_token', 'expected `attestation_token`, a text'),
    answers: { 200: { description: 'the token, and whom it was given to', schema: answer } },
    async handle({ params, body, ip }) {
      perAddress.take(ip)
      const state = await service.open(params.org ?? '')
      const token = body.attestation_token
      const admission = await admitWorkload(admit, state, {
        way: 'attest',
        token,
        provider: null,
        agent: params.agentId ?? '',
      })
      if (admission.kind === 'rejected') throw rejected()
      if (admission.kind === 'not_active') {
        throw new PdpError('access_policy_denied', `\`${admission.agent.slug}\` is ${admission.agent.status}`)
      }
      const { workload } = admission
      const wanted = wantedFor(workload)
      const until = Math.min(workload.expiresAt, service.clock() + MOST_MS)
      const issued = await service.tokens.issue(state, {
        ...wanted,
        until,
        grant: 'attest',
        ip,
        scopes: null,
        resources: [],
      })
      if (issued.kind === 'refused') throw new PdpError('access_policy_denied', issued.why, issued.detail)
      const { text, token: made } = issued
      const { provider, subject, issuer, genericAudience } = workload
      return {
        status: 200,
        headers: NO_STORE,
        body: {
          access_token: text,
          token_type: 'Bearer',
          expires_in: (made.expiresAt - made.issuedAt) / 1_000,
          scope: made.scopes.join(' '),
          identity: { provider, subject, issuer, audience_generic: genericAudience },
        },
      }
    },
  })
}
