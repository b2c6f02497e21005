import { PROVIDERS, type Provider } from '../../../agents/trust.ts'
import type { Workload } from '../../../agents/workload.ts'
import type { Reply } from '../../route.ts'
import { type Admit, admitWorkload, type WorkloadWay } from '../../workload/admit.ts'
import { isSignedRequest } from '../../workload/signed-request.ts'
import { wantedFor } from '../../workload/wanted.ts'
import { OauthError } from '../error.ts'
import { answerWith, askedOf, type Grant, type TokenRequest } from '../grant.ts'
import { ID_JAG } from '../id-jag.ts'
import { scopesAsked } from '../params.ts'
import { type AssertionGrant, JWT_BEARER } from './jwt-bearer.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TYPES = 'urn:ietf:params:oauth:token-type:'
export const ACCESS_TOKEN = `${TYPES}access_token`
export const JWT = `${TYPES}jwt`

/** Reads the requests that are for it, and answers null to the others. */
export type ExchangeGrant = (request: TokenRequest) => Promise<Reply | null>

/** A workload's own JWT as an assertion, as MCP clients send it; ID-JAGs are of others. */
export const workloadAssertion =
  (admit: Admit): AssertionGrant =>
  async (request, assertion) => {
    if (headerType(assertion) === ID_JAG) return null
    const workload = await admitted(admit, request, assertion, 'jwt_bearer', null)
    if (workload === null) throw new OauthError('invalid_grant', 'the assertion was not accepted')
    return answerWith(request, {
      ...askedOf(request),
      ...wantedFor(workload),
      grant: JWT_BEARER,
      scopes: scopesAsked(request.params),
    })
  }

/** A platform's token for the token of its agent. Null for a request that is about tokens of ours. */
export const workloadExchange =
  (admit: Admit): ExchangeGrant =>
  async request => {
    const { params, service, state } = request
    const token = params.get('subject_token')
    const hint = params.get('subject_issuer')
    if (token === null || params.get('subject_token_type') !== JWT) return null
    if (hint === null && issuerIn(token) === service.tokens.issuers.of(state.org.slug)) return null
    if (hint !== null && !isProvider(hint)) {
      throw new OauthError('invalid_request', `\`subject_issuer\`: expected one of ${PROVIDERS.join(', ')}`)
    }
    if (params.get('actor_token') !== null || params.get('actor_token_type') !== null) {
      throw new OauthError('invalid_request', 'a workload acts for nobody: its token comes without an `actor_token`')
    }
    const type = params.get('requested_token_type') ?? ACCESS_TOKEN
    if (type !== ACCESS_TOKEN && type !== JWT) {
      throw new OauthError('unsupported_token_type', `a workload gets \`${ACCESS_TOKEN}\``)
    }
    const workload = await admitted(admit, request, token, 'token_exchange', hint)
    if (workload === null) {
      throw new OauthError('workload_identity_failed', 'the token of the workload was not accepted; the audit says why')
    }
    const wanted = { ...askedOf(request), ...wantedFor(workload), grant: TOKEN_EXCHANGE, scopes: scopesAsked(params) }
    return answerWith(request, wanted, { issued_token_type: type })
  }

/** Token exchange (RFC 8693) by these readers, tried in order. */
export const tokenExchange = (readers: readonly ExchangeGrant[]): Grant => ({
  type: TOKEN_EXCHANGE,
  async handle(request) {
    const { params } = request
    if (params.get('subject_token') === null) throw new OauthError('invalid_request', 'expected a `subject_token`')
    if (params.get('subject_token_type') === null) {
      throw new OauthError('invalid_request', 'expected a `subject_token_type`')
    }
    for (const read of readers) {
      const reply = await read(request)
      if (reply !== null) return reply
    }
    throw new OauthError('unsupported_token_type', 'tokens of this `subject_token_type` are not exchanged')
  },
})

/** The workload that showed a token; null where it is not accepted. Fails with `access_denied` for an agent that may not now. */
async function admitted(
  admit: Admit,
  { state, params, client }: TokenRequest,
  token: string,
  way: WorkloadWay,
  provider: Provider | null,
): Promise<Workload | null> {
  const agent = client?.client.id ?? params.get('client_id')
  const admission = await admitWorkload(admit, state, { way, token, provider, agent })
  switch (admission.kind) {
    case 'rejected':
      return null
    case 'not_active':
      throw new OauthError('access_denied', `the agent \`${admission.agent.slug}\` is ${admission.agent.status}`)
    case 'admitted':
      return admission.workload
  }
}

const isProvider = (text: string): text is Provider => (PROVIDERS as readonly string[]).includes(text)

const headerType = (token: string): unknown => partOf(token, 0)?.typ
const issuerIn = (token: string): unknown => (isSignedRequest(token) ? null : partOf(token, 1)?.iss)

/** A part of a JWS, not believed: it only says who is to read the token. */
function partOf(token: string, index: number): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
