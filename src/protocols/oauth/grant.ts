import type { Detail } from '../../agents/detail.ts'
import { budgetHeaders } from '../../pdp/budgets/exceeded.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { Issued, Wanted } from '../../pdp/tokens/issue.ts'
import { detailOf } from '../../pdp/tokens/obtain.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Reply } from '../route.ts'
import type { Authenticated, ClientAuthMethod } from './client-auth.ts'
import { OauthError, type OauthErrorCode } from './error.ts'
import type { Params } from './params.ts'
import { detailsAsked, detailsGranted } from './rar.ts'

/** A request to the token endpoint, as its grant sees it. */
export interface TokenRequest {
  readonly service: Service
  readonly state: OrgState
  readonly params: Params
  readonly ip: string
  /** Who authenticated as a client; null where nobody tried. */
  readonly client: Authenticated | null
  /** Thumbprint of the key the request was proved with (RFC 9449); null where none was. */
  readonly jkt: string | null
}

/** One way to get a token. */
export interface Grant {
  /** The value of `grant_type`. */
  readonly type: string
  readonly handle: (request: TokenRequest) => Reply | Promise<Reply>
}

/** What every request says of the token it wants. */
export const askedOf = ({ params, ip, jkt }: TokenRequest): Pick<Wanted, 'ip' | 'jkt' | 'resources'> => ({
  ip,
  jkt,
  resources: resourcesOf(params),
})

/** Most names of resources in one request. */
const MOST = 10

function resourcesOf(params: Params): readonly string[] {
  const named = [...params.all('resource'), ...params.all('audience')]
  if (named.length > MOST) throw new OauthError('invalid_target', `more than ${MOST} resources are named`)
  return named
}

/** Issues what a grant found its request good for. `more` goes into the answer beside the token. */
export function answerWith(request: TokenRequest, wanted: Wanted, more: JsonObject = {}): Reply | Promise<Reply> {
  const details = detailsAsked(request.params)
  return details === null ? issuedWith(request, wanted, more) : withDetails(request, wanted, details, more)
}

async function withDetails(
  request: TokenRequest,
  wanted: Wanted,
  asked: readonly Detail[],
  more: JsonObject,
): Promise<Reply> {
  const { subject, actors } = wanted
  const task = wanted.task ?? wanted.narrowed?.task ?? null
  const details = await detailsGranted(request, { subject, actors, task }, asked)
  return issuedWith(request, { ...wanted, details }, { ...more, authorization_details: [...details] })
}

function issuedWith({ service, state }: TokenRequest, wanted: Wanted, more: JsonObject): Reply | Promise<Reply> {
  const issued = service.tokens.issue(state, wanted)
  return issued instanceof Promise ? issued.then(one => replyOf(one, more)) : replyOf(issued, more)
}

const NO_STORE = { pragma: 'no-cache' }

export function replyOf(issued: Issued, more: JsonObject): Reply {
  if (issued.kind === 'refused') throw refusalOf(issued)
  const { text, token, refused } = issued
  return {
    status: 200,
    body: {
      access_token: text,
      token_type: token.jkt === null ? 'Bearer' : 'DPoP',
      expires_in: (token.expiresAt - token.issuedAt) / 1000,
      scope: token.scopes.join(' '),
      ...(refused.length > 0 && { refused_scopes: refused.map(detailOf) }),
      ...more,
    },
    headers: NO_STORE,
  }
}

/** A refusal of the engine or of a limit: never one that makes a client throw its credentials away. */
export function refusalOf({ code, why, detail }: Extract<Issued, { kind: 'refused' }>): OauthError {
  const published: OauthErrorCode = code === 'no_proof' ? 'invalid_dpop_proof' : code
  return new OauthError(published, why, detail, code === 'budget_exceeded' ? budgetHeaders(detail) : {})
}

/** The client of a grant that needs one. Fails with `invalid_client`. */
export function clientOf({ client, params }: TokenRequest): Authenticated {
  if (client !== null) return client
  throw new OauthError(
    'invalid_client',
    params.get('client_id') === null ? 'this grant needs client authentication' : 'client authentication failed',
  )
}

export type { Authenticated, ClientAuthMethod }
