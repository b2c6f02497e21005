import { z } from 'zod'
import { engineDetail } from '../../agents/detail.ts'
import { PdpError } from '../../pdp/errors.ts'
import { askUser } from '../../pdp/jit/ciba.ts'
import type { JitTimes } from '../../pdp/jit/requests.ts'
import { userBy } from '../../pdp/jit/tasks.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import { OAUTH_ERRORS, OauthError } from './error.ts'
import { INTERVAL_SECONDS } from './grants/ciba.ts'
import { type Params, scopesAsked } from './params.ts'
import { formOf, inOrg, type OauthParts } from './parts.ts'
import { detailsAsked } from './rar.ts'

const HINTS = ['login_hint', 'login_hint_token', 'id_token_hint']
const MESSAGE = /^[^\p{Cc}]{1,480}$/u

const answer = z.object({ auth_req_id: z.string(), expires_in: z.int(), interval: z.int() })

/** Client-initiated backchannel authentication: an agent asks a user, who answers elsewhere, and polls for the token. */
export function backchannelRoute(parts: OauthParts, times: JitTimes): Route {
  const { service } = parts
  return route<Params>({
    operation: 'backchannelAuthorize',
    method: 'POST',
    path: '/orgs/{org}/api/v1/oauth/bc-authorize',
    tag: 'oauth',
    summary: 'Ask a user, out of band, for what an agent wants to do for them',
    needs: 'public',
    errors: OAUTH_ERRORS,
    form: formOf(false),
    body: z.looseObject({
      scope: z.string().optional(),
      login_hint: z.string().optional(),
    }) as unknown as z.ZodType<Params>,
    answers: { 200: { description: 'the id to poll with', schema: answer } },
    handle: call => {
      parts.perAddress.take(call.ip)
      return inOrg(service, call.params, async state => {
        const client = await parts.authenticate(state, { authorization: call.headers.authorization, params: call.body })
        if (client === null) throw new OauthError('invalid_client', 'this endpoint needs client authentication')
        parts.perClient.take(`${state.org.slug} ${client.client.id}`)
        const agent = client.client
        if (agent.kind !== 'agent') throw new OauthError('unauthorized_client', 'only agents ask users out of band')
        if (agent.status !== 'active') throw new OauthError('access_denied', `agent:${agent.slug} is ${agent.status}`)
        const asked = { ...askedIn(service, state, call.body), ip: call.ip }
        const { approval, ticket } = await askUser(service, state, agent, asked, times).catch(asOauth)
        const expires = Math.max(1, Math.floor((approval.expiresAt - service.clock()) / 1000))
        const body = { auth_req_id: ticket, expires_in: expires, interval: INTERVAL_SECONDS }
        return { status: 200, body, headers: { pragma: 'no-cache' } }
      })
    },
  })
}

function askedIn(service: Service, state: OrgState, params: Params) {
  if (HINTS.filter(name => params.get(name) !== null).length !== 1) {
    throw new OauthError('invalid_request', `expected exactly one of ${HINTS.join(', ')}`)
  }
  const hint = params.get('login_hint')
  if (hint === null)
    throw new OauthError('invalid_request', 'only `login_hint` is understood: an email, or a user’s id')
  const user = userBy(state, hintedIn(service, state, hint))
  if (user === null) throw new OauthError('unknown_user_id', 'the hint names no active user')
  const message = params.get('binding_message')
  if (message !== null && !MESSAGE.test(message)) {
    throw new OauthError('invalid_binding_message', 'expected 1 to 480 printable characters')
  }
  const scopes = (scopesAsked(params) ?? []).filter(scope => scope !== 'openid')
  const details = [
    ...(detailsAsked(params) ?? []),
    ...scopes.map(scope => engineDetail('obtain', { type: 'scope', id: scope })),
  ]
  if (details.length === 0 || details.length > 10) {
    throw new OauthError('invalid_scope', 'expected 1 to 10 scopes beside `openid`, or `authorization_details`')
  }
  return {
    user,
    details,
    message,
    task: params.get('task_id'),
    pending: pendingIn(params),
    audience: [...params.all('resource'), ...params.all('audience')],
  }
}

/** A plain email or id, or who it is as JSON: `{"format":"iss_sub","iss":…,"sub":…}`, of this org. */
function hintedIn(service: Service, { org }: OrgState, hint: string): string {
  if (!hint.startsWith('{')) return bare(hint)
  let value: unknown
  try {
    value = JSON.parse(hint)
  } catch {
    throw new OauthError('invalid_request', '`login_hint` begins as JSON, and is none')
  }
  const { format, iss, sub, email } = value as Record<string, unknown>
  const issuer = service.tokens.issuers.of(org.slug)
  const own = iss === issuer || iss === `${issuer}/`
  if (format === 'iss_sub' && own && typeof sub === 'string') return bare(sub)
  if (format === 'email' && typeof email === 'string') return email
  throw new OauthError('unknown_user_id', `\`login_hint\`: expected the format \`iss_sub\` with the issuer ${issuer}`)
}

const bare = (name: string): string => (name.startsWith('user:') ? name.slice('user:'.length) : name)

function pendingIn(params: Params): number | null {
  const text = params.get('requested_expiry')
  if (text === null) return null
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new OauthError('invalid_request', '`requested_expiry` is a number of seconds')
  return Number(text) * 1000
}

/** The codes of the use case, as OAuth has them. */
function asOauth(error: unknown): never {
  if (!(error instanceof PdpError)) throw error
  switch (error.code) {
    case 'approval_refused':
      throw new OauthError('access_denied', error.message, error.detail)
    case 'invalid_authorization_details':
    case 'delegation_not_allowed':
    case 'rate_limit_exceeded':
      throw new OauthError(error.code, error.message, error.detail)
    case 'task_not_found':
    case 'task_inactive':
    case 'invalid_request':
      throw new OauthError('invalid_request', error.message, error.detail)
    default:
      throw error
  }
}
