import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { PdpError } from '../pdp/errors.ts'
import type { Principal } from '../pdp/keys.ts'
import { isUnloaded, type OrgState } from '../pdp/org.ts'
import type { Service } from '../pdp/service.ts'
import { type Consistency, MINIMIZE_LATENCY } from '../policy/consistency.ts'
import { consistencyFrom } from '../protocols/consistency.ts'
import type { Needs } from '../protocols/route.ts'
import { credentialsIn } from './credentials.ts'
import { proved } from './proof.ts'

/** What it takes to let somebody in to a row. */
type Door = Needs & { readonly freshens: boolean }

export interface Caller {
  readonly principal: Principal
  /** Null where the route concerns the instance. */
  readonly state: OrgState | null
  readonly consistency: Consistency
}

/** Who calls, let in to do what the route does; at once where nothing has to be looked up. */
export function callerOf(
  needs: Door,
  service: Service,
  request: IncomingMessage,
  slug: string | undefined,
): Caller | Promise<Caller> {
  const found = principalOf(service, request)
  if (found instanceof Promise) return found.then(principal => admitted(needs, service, request, slug, principal))
  return admitted(needs, service, request, slug, found)
}

function admitted(
  needs: Door,
  service: Service,
  request: IncomingMessage,
  slug: string | undefined,
  principal: Principal,
): Caller | Promise<Caller> {
  const { scope, act, anyway } = needs
  const ip = request.socket.remoteAddress ?? ''
  if (scope === 'instance') {
    service.permit(principal, act, ip)
    return { principal, state: null, consistency: MINIMIZE_LATENCY }
  }
  const org = slug ?? principal.org
  if (org === null) {
    throw new PdpError('invalid_request', 'this key belongs to no org; use the same path under `/orgs/{org}`')
  }
  const consistency = consistencyFrom(request.headers)
  const entered = service.enter(principal, org, act, ip, anyway)
  if (entered instanceof Promise) {
    return entered.then(state => freshened(needs, service, request, org, principal, consistency, state))
  }
  return freshened(needs, service, request, org, principal, consistency, entered)
}

function freshened(
  { act, anyway, freshens }: Door,
  service: Service,
  request: IncomingMessage,
  org: string,
  principal: Principal,
  consistency: Consistency,
  state: OrgState,
): Caller | Promise<Caller> {
  const { revision } = state
  // What is read anew for each call is the newest there is.
  const found = freshens || isUnloaded(state) ? state : service.freshen(state, consistency)
  if (!(found instanceof Promise)) return { principal, state: found, consistency }
  return found.then(async newer => {
    // What the key may do may be among what came since.
    if (newer === state && newer.revision === revision) return { principal, state, consistency }
    const now = again(service, principal) ?? (await principalOf(service, request))
    const ip = request.socket.remoteAddress ?? ''
    return { principal: now, state: await service.enter(now, org, act, ip, anyway), consistency }
  })
}

interface Seen {
  readonly apiKey: IncomingHttpHeaders[string]
  readonly authorization: string | undefined
  readonly principal: Principal
}

/** A caller by token, once more after the org has moved on: its proof was taken and does not count twice. */
function again(service: Service, principal: Principal): Principal | null {
  if (principal.kind !== 'token') return null
  if (service.authenticator.holds(principal)) return principal
  throw new PdpError('unauthenticated', 'the access token was revoked')
}

/** Who a connection last proved to be. Other credentials on it, or a key changed or revoked meanwhile, are looked at anew. */
const seen = new WeakMap<Socket, Seen>()

function principalOf(service: Service, request: IncomingMessage): Principal | Promise<Principal> {
  const { headers, socket } = request
  const { 'x-api-key': apiKey, authorization } = headers
  const known = seen.get(socket)
  if (
    known !== undefined &&
    known.apiKey === apiKey &&
    known.authorization === authorization &&
    service.authenticator.holds(known.principal)
  ) {
    return known.principal
  }
  const sent = credentialsIn(headers)
  // A token may end by itself, and its proof is another one each time: both are looked at anew.
  if (sent.kind === 'token') {
    const bearer = service.authenticator.bearer(sent.text)
    return bearer instanceof Promise
      ? bearer.then(principal => proved(service, request, sent, principal))
      : proved(service, request, sent, bearer)
  }
  const found = service.authenticator.authenticate(sent.text)
  const remember = (principal: Principal): Principal => {
    seen.set(socket, { apiKey, authorization, principal })
    return principal
  }
  return found instanceof Promise ? found.then(remember) : remember(found)
}
