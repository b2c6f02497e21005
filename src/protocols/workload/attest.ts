import { z } from 'zod'
import { workloadContext } from '../../agents/workload.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { type Admit, admitWorkload } from './admit.ts'
import type { IssueToWorkload } from './issue.ts'
import { MAX_TOKEN } from './jws.ts'

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

/** A workload becomes its agent by its platform's own token. */
export function attestRoute(service: Service, admit: Admit, issue: IssueToWorkload): Route {
  return route({
    operation: 'attestAgent',
    method: 'POST',
    path: '/orgs/{org}/api/v1/agents/{agentId}/attest',
    tag: 'tokens',
    summary: "An access token for an agent, for its platform's own token",
    needs: 'public',
    body: z.object({ attestation_token: z.string().max(MAX_TOKEN) }),
    refusal: () => new PdpError('missing_attestation_token', 'expected `attestation_token`, a text'),
    answers: { 200: { description: 'the token, and whom it was given to', schema: answer } },
    async handle({ params, body, ip }) {
      const state = await service.orgs.get(params.org ?? '')
      const attempt = {
        way: 'attest',
        token: body.attestation_token,
        provider: null,
        agent: params.agentId ?? '',
      } as const
      const admission = await admitWorkload(admit, state, attempt)
      if (admission.kind === 'rejected') throw rejected()
      if (admission.kind === 'not_active') {
        throw new PdpError('access_policy_denied', `\`${admission.agent.slug}\` is ${admission.agent.status}`)
      }
      const { workload } = admission
      const issued = await issue(state, {
        agent: workload.agent,
        scopes: null,
        audience: [],
        context: workloadContext(workload),
        notAfter: Math.min(workload.expiresAt, service.clock() + MOST_MS),
        ip,
        workload,
      })
      if (issued.kind === 'denied') throw new PdpError('access_policy_denied', issued.message, issued.detail)
      const { provider, subject, issuer, genericAudience } = workload
      return {
        status: 200,
        headers: NO_STORE,
        body: {
          access_token: issued.accessToken,
          token_type: issued.tokenType,
          expires_in: issued.expiresIn,
          scope: issued.scope,
          identity: { provider, subject, issuer, audience_generic: genericAudience },
        },
      }
    },
  })
}
