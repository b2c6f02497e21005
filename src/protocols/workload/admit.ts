import type { Agent } from '../../agents/agent.ts'
import type { Provider } from '../../agents/trust.ts'
import type { Workload } from '../../agents/workload.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { WorkloadFaultCode } from './fault.ts'
import type { VerifyWorkload } from './verify.ts'

/** What is kept of an attempt: never the token, only its hash. `code` and `detail` say why it was refused. */
export interface WorkloadEvent {
  readonly event: 'agent.authenticated' | 'agent.authentication_failed'
  readonly org: string
  readonly way: WorkloadWay
  readonly tokenHash: string
  readonly agents: readonly string[]
  readonly provider: Provider | null
  readonly issuer: string | null
  readonly subject: string | null
  readonly code: WorkloadFaultCode | 'other_agent' | 'not_active' | null
  readonly detail: string
}

export type WorkloadWay = 'attest' | 'token_exchange' | 'jwt_bearer'

export interface Admit {
  readonly verify: VerifyWorkload
  /** The issuer of an org. */
  readonly issuerOf: (org: string) => string
  readonly audit: (event: WorkloadEvent) => void
}

/** `not_active`: it is the agent, and may have nothing now; everything else a caller is told in one word. */
export type Admission =
  | { readonly kind: 'admitted'; readonly workload: Workload }
  | { readonly kind: 'not_active'; readonly agent: Agent }
  | { readonly kind: 'rejected' }

export interface Attempt {
  readonly way: WorkloadWay
  readonly token: string
  readonly provider: Provider | null
  /** Id or slug of the agent the caller says it is; null where it says nothing. It can refuse, never choose. */
  readonly agent: string | null
}

/** Who shows a platform's token, and may they be anybody now? Every attempt is told to the audit. */
export async function admitWorkload(
  { verify, issuerOf, audit }: Admit,
  state: OrgState,
  { way, token, provider, agent }: Attempt,
): Promise<Admission> {
  const org = state.org.slug
  const found = await verify({ org, token, provider, issuer: issuerOf(org), trusting: state.registry.trusting })
  const common = { org, way, tokenHash: found.tokenHash }
  if (found.kind === 'refused') {
    const { code, detail, agents } = found
    audit({
      event: 'agent.authentication_failed',
      ...common,
      agents,
      provider,
      issuer: null,
      subject: null,
      code,
      detail,
    })
    return { kind: 'rejected' }
  }
  // Verifying takes time, in which the agent may have been changed.
  const now = state.registry.agents.get(found.agent.id)
  const config = now?.workloads.find(one => one.id === found.config.id)
  const still = now !== undefined && JSON.stringify(config) === JSON.stringify(found.config) ? now : null
  const isOther = still === null || (agent !== null && agent !== still.id && agent !== still.slug)
  const code = isOther ? 'other_agent' : still.status === 'active' ? null : 'not_active'
  audit({
    event: code === null ? 'agent.authenticated' : 'agent.authentication_failed',
    ...common,
    agents: [found.agent.slug],
    provider: found.provider,
    issuer: found.issuer,
    subject: found.subject,
    code,
    detail:
      code === null ? '' : `the token stands for \`${found.agent.slug}\`, ${still?.status ?? 'changed meanwhile'}`,
  })
  if (isOther) return { kind: 'rejected' }
  return code === null
    ? { kind: 'admitted', workload: { ...found, agent: still } }
    : { kind: 'not_active', agent: still }
}
