import { approvalState } from '../../../agents/approval-steps.ts'
import { Generations } from '../../../lib/generations.ts'
import { sha256 } from '../../../lib/ids.ts'
import { askedBy } from '../../../pdp/jit/ciba.ts'
import { takeTicket } from '../../../pdp/jit/requests.ts'
import { wholeApprovalState } from '../../../pdp/jit/states.ts'
import { tokenFor } from '../../../pdp/jit/token.ts'
import type { Json } from '../../../policy/json.ts'
import type { Reply } from '../../route.ts'
import { OauthError } from '../error.ts'
import { clientOf, type Grant, replyOf, type TokenRequest } from '../grant.ts'

export const CIBA = 'urn:openid:params:grant-type:ciba'
export const INTERVAL_SECONDS = 5
/** A client that sends each poll just in time is early now and then. */
const SLACK_MS = 500
const KEPT = 10_000

interface Polled {
  readonly at: number
  readonly interval: number
}

/** What a user answered out of band: the token, once, or that there is none yet. */
export function backchannelGrant(): Grant {
  const polls = new Generations<string, Polled>(KEPT)
  return {
    type: CIBA,
    async handle(request) {
      const { client } = clientOf(request)
      const ticket = request.params.get('auth_req_id')
      if (ticket === null) throw new OauthError('invalid_request', 'expected an `auth_req_id`')
      const { service, state } = request
      const found = client.kind === 'agent' ? askedBy(state, client, ticket) : null
      if (client.kind !== 'agent' || found === null) {
        throw new OauthError('invalid_grant', 'the `auth_req_id` is not one that was given to this client')
      }
      const now = service.clock()
      const is = wholeApprovalState(state.registry, found, now)
      if (is === 'pending') throw waiting(polls, sha256(ticket), now)
      if (is === 'denied' || is === 'cancelled') throw new OauthError('access_denied', `the request was ${is}`)
      if (is === 'expired' || approvalState(found, now) !== 'approved') {
        throw new OauthError('expired_token', 'the request, or what was approved, is over')
      }
      if (!(await takeTicket(service, state, found.id, sha256(ticket)))) {
        throw new OauthError('invalid_grant', 'the token for this `auth_req_id` was fetched already')
      }
      return answered(request, found.id)
    },
  }
}

function waiting(polls: Generations<string, Polled>, key: string, now: number): OauthError {
  const last = polls.get(key)
  const interval = last?.interval ?? INTERVAL_SECONDS * 1000
  const isEarly = last !== undefined && now - last.at < interval - SLACK_MS
  polls.set(key, { at: now, interval: isEarly ? interval + 5_000 : interval })
  return isEarly
    ? new OauthError('slow_down', 'wait five seconds longer between polls')
    : new OauthError('authorization_pending', 'nobody has answered yet')
}

async function answered(request: TokenRequest, id: string): Promise<Reply> {
  const { service, state, ip, jkt } = request
  const { client } = clientOf(request)
  const approval = state.registry.approvals.get(id)
  if (client.kind !== 'agent' || approval === undefined) throw new OauthError('invalid_grant', 'the request is gone')
  const { audience } = approval.meta
  const issued = await tokenFor(service, state, client, approval, {
    ip,
    jkt,
    audience: Array.isArray(audience) ? (audience as readonly string[]) : [],
    lineage: [],
    grant: CIBA,
  })
  return replyOf(issued, {
    ...(approval.terms.details.length > 0 && { authorization_details: approval.terms.details as Json }),
    jit_request_id: id,
    task_id: approval.task,
  })
}
