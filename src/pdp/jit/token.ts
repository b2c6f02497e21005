import type { Agent } from '../../agents/agent.ts'
import type { Approval } from '../../agents/approval.ts'
import type { Detail } from '../../agents/detail.ts'
import type { AccessToken } from '../../agents/token.ts'
import { wholeApprovalState } from '../../facts/tasks.ts'
import { printEntity } from '../../policy/entity.ts'
import { PdpError } from '../errors.ts'
import type { Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import type { Issued } from '../tokens/issue.ts'
import { approvalNamed, LONGEST_GRANT } from './requests.ts'
import { callingAgent } from './tasks.ts'

/** A request of the calling agent's. Fails with `approval_not_found`, `permission_denied`. */
export function ownRequest(state: OrgState, principal: Principal, id: string): Approval {
  const agent = callingAgent(state, principal)
  const approval = approvalNamed(state, id)
  if (approval.agent !== agent.slug)
    throw new PdpError('permission_denied', `\`${id}\` is the request of another agent`)
  return approval
}

export interface TokenWanted {
  readonly ip: string
  readonly jkt: string | null
  /** For what it is; empty: this service. */
  readonly audience: readonly string[]
  /** Tokens it comes from, by `jti`. */
  readonly lineage: readonly string[]
  readonly grant: string
}

const SCOPE = 'scope:'

/** The scope a detail is to obtain: such a one becomes part of the token, and is no operation of its own. */
export const scopesOf = ({ actions, identifier }: Detail): readonly string[] =>
  actions.length === 1 && actions[0] === 'obtain' && typeof identifier === 'string' && identifier.startsWith(SCOPE)
    ? [identifier.slice(SCOPE.length)]
    : []

/**
 * A token for what was approved and nothing else: it holds no scopes but those that were, and ends with the request, its task and its time. Fails
 * with `permission_denied` where the request is not approved, or is over.
 */
export function tokenFor(
  pdp: Service,
  state: OrgState,
  agent: Agent,
  approval: Approval,
  wanted: TokenWanted,
): Issued | Promise<Issued> {
  const now = pdp.clock()
  const is = wholeApprovalState(state.registry, approval, now)
  const task = state.registry.tasks.get(approval.task)
  if (is !== 'approved' || task === undefined || approval.until === null) {
    throw new PdpError('permission_denied', `the request \`${approval.id}\` is ${is}; there is no token for it`, {
      status: is,
    })
  }
  const scopes = approval.terms.details.flatMap(scopesOf)
  const rest = approval.terms.details.filter(detail => scopesOf(detail).length === 0)
  const until = Math.min(approval.until, now + LONGEST_GRANT)
  const issuer = pdp.tokens.issuers.of(state.org.slug)
  return pdp.tokens.issue(state, {
    client: agent,
    subject: approval.subject,
    actors: approval.actors,
    grant: wanted.grant,
    ip: wanted.ip,
    scopes,
    resources: [],
    narrowed: {
      scopes,
      audience: wanted.audience.length === 0 ? [issuer] : wanted.audience,
      notAfter: until,
      lineage: wanted.lineage,
      consents: task.consents,
      task: task.id,
      mayAct: null,
    },
    until,
    jkt: wanted.jkt,
    ...(rest.length > 0 && { details: rest, jit: approval.id }),
    claims: { parent_task_id: task.parent },
  })
}

/** The scopes approved for a task, as far as they are for the chain of this token. */
export const approvedScopes = (
  { registry }: OrgState,
  task: string,
  token: Pick<AccessToken, 'subject' | 'actors'>,
  now: number,
): readonly string[] =>
  registry
    .approvalsOf(task)
    .filter(one => wholeApprovalState(registry, one, now) === 'approved' && isSameChain(one, token))
    .flatMap(one => one.terms.details.flatMap(scopesOf))

type Chain = Pick<AccessToken, 'subject' | 'actors'>

const isSameChain = (a: Chain, b: Chain): boolean => chainText(a) === chainText(b)
const chainText = ({ subject, actors }: Chain): string => JSON.stringify([subject, ...actors].map(printEntity))
