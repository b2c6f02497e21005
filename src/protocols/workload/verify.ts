import type { Workload } from '../../agents/workload.ts'
import { sha256 } from '../../lib/ids.ts'
import type { WorkloadFault, WorkloadFaultCode } from './fault.ts'
import { verifyJwt } from './jwt.ts'
import type { Shown, WorkloadPorts } from './shown.ts'
import { isSignedRequest, verifySignedRequest } from './signed-request.ts'

/** The code and detail are for the audit log; a caller is told neither. */
export interface WorkloadRefusal {
  readonly kind: 'refused'
  readonly code: WorkloadFaultCode
  readonly detail: string
  readonly tokenHash: string
  /** Slugs of the agents that a token stands for more than one of. */
  readonly agents: readonly string[]
}

export type VerifyWorkload = (shown: Shown) => Promise<Workload | WorkloadRefusal>

/**
 * Finds the agent a platform's token stands for, from the trust configurations alone.
 * INVARIANT: a workload that is returned had its signature (or its platform's own word), audience, times, bindings and
 * rules checked against `config`, and no configuration of another agent matches as well.
 */
export const createVerifyWorkload =
  (ports: WorkloadPorts): VerifyWorkload =>
  async shown => {
    const tokenHash = sha256(shown.token)
    const refused = (
      { code, detail }: Omit<WorkloadFault, 'kind'>,
      agents: readonly string[] = [],
    ): WorkloadRefusal => ({
      kind: 'refused',
      code,
      detail,
      tokenHash,
      agents,
    })
    const found = await (isSignedRequest(shown.token) ? verifySignedRequest : verifyJwt)(shown, ports)
    if (found.kind === 'fault') return refused(found)
    const { matches, issuer } = found
    const agents = [...new Set(matches.map(match => match.agent.slug))].sort()
    const providers = new Set(matches.map(match => match.config.provider))
    // The strictest of one agent's configurations counts.
    const match = matches.find(m => m.config.singleUse) ?? matches[0]
    if (match === undefined) return refused({ code: 'unknown_issuer', detail: 'no configuration matches' })
    if (agents.length > 1 || providers.size > 1) {
      return refused({ code: 'ambiguous', detail: `the token stands for ${agents.join(', ')}` }, agents)
    }
    const { agent, config } = match
    if (config.singleUse) {
      const until = found.expiresAt + config.skew * 1_000
      const isNew = await ports.takeOnce(shown.org, `workload:${sha256(`${issuer} ${found.id}`)}`, until)
      if (!isNew) return refused({ code: 'replay', detail: 'the token was used before' }, agents)
    }
    return {
      kind: 'workload',
      agent,
      config,
      provider: config.provider,
      issuer,
      subject: found.subject,
      name: found.name,
      claims: found.claims,
      tokenHash,
      expiresAt: found.expiresAt,
      genericAudience: config.audience !== null && config.audience !== shown.issuer,
    }
  }
