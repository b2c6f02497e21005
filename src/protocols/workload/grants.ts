import { PROVIDERS, type Provider } from '../../agents/trust.ts'
import { workloadContext } from '../../agents/workload.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { JsonObject } from '../../policy/json.ts'
import { type Admit, admitWorkload } from './admit.ts'
import type { Issued, IssueToWorkload } from './issue.ts'

/** What a token request says, for either grant. */
export interface WorkloadGrant {
  readonly token: string
  /** `subject_issuer` of a token exchange; null where it is not there. */
  readonly subjectIssuer: string | null
  /** `client_id` where one is there: it must be the agent's. */
  readonly clientId: string | null
  readonly scopes: readonly string[] | null
  readonly audience: readonly string[]
  readonly ip: string
}

/** An error of the token endpoint. */
export interface GrantRefused {
  readonly kind: 'refused'
  readonly status: number
  readonly error: string
  readonly description: string
  readonly detail: JsonObject
}

type Granted = Extract<Issued, { readonly kind: 'issued' }>
type Grant = (state: OrgState, grant: WorkloadGrant) => Promise<Granted | GrantRefused>

const refused = (status: number, error: string, description: string, detail: JsonObject = {}): GrantRefused => ({
  kind: 'refused',
  status,
  error,
  description,
  detail,
})

const isProvider = (text: string): text is Provider => (PROVIDERS as readonly string[]).includes(text)

/** Token exchange of a platform's JWT (`subject_token_type` `…:jwt`). Nothing but that token authenticates the caller. */
export function workloadExchange(admit: Admit, issue: IssueToWorkload): Grant {
  return async (state, grant) => {
    const { subjectIssuer } = grant
    if (subjectIssuer !== null && !isProvider(subjectIssuer)) {
      return refused(400, 'invalid_request', `\`subject_issuer\`: expected one of ${PROVIDERS.join(', ')}`)
    }
    const failed = refused(401, 'workload_identity_failed', 'the workload identity token was not accepted')
    return given(admit, issue, state, grant, { way: 'token_exchange', provider: subjectIssuer, failed })
  }
}

/** The grant `jwt-bearer` with a platform's JWT as `assertion`, as MCP clients use it. */
export function workloadAssertion(admit: Admit, issue: IssueToWorkload): Grant {
  const failed = refused(400, 'invalid_grant', 'the assertion was not accepted')
  return (state, grant) => given(admit, issue, state, grant, { way: 'jwt_bearer', provider: null, failed })
}

async function given(
  admit: Admit,
  issue: IssueToWorkload,
  state: OrgState,
  { token, clientId, scopes, audience, ip }: WorkloadGrant,
  {
    way,
    provider,
    failed,
  }: {
    readonly way: 'token_exchange' | 'jwt_bearer'
    readonly provider: Provider | null
    readonly failed: GrantRefused
  },
): Promise<Granted | GrantRefused> {
  const admission = await admitWorkload(admit, state, { way, token, provider, agent: clientId })
  if (admission.kind === 'rejected') return failed
  if (admission.kind === 'not_active') {
    return refused(403, 'access_denied', `the agent \`${admission.agent.slug}\` is ${admission.agent.status}`)
  }
  const { workload } = admission
  const issued = await issue(state, {
    agent: workload.agent,
    scopes,
    audience,
    context: workloadContext(workload),
    notAfter: workload.expiresAt,
    ip,
    workload,
  })
  return issued.kind === 'denied' ? refused(403, 'access_denied', issued.message, issued.detail) : issued
}
