import type { Agent } from '../../../agents/agent.ts'
import { type DelegationProblem, delegate, type Narrowed, narrow, type Setting } from '../../../agents/delegation.ts'
import type { Service as Client } from '../../../agents/identity.ts'
import { type AccessToken, holderOf } from '../../../agents/token.ts'
import { isTaskLive } from '../../../pdp/jit/states.ts'
import { approvedScopes } from '../../../pdp/jit/token.ts'
import { targetsOf } from '../../../pdp/tokens/audience.ts'
import { spellingsOf } from '../../../policy/capability.ts'
import type { Reply } from '../../route.ts'
import { OauthError } from '../error.ts'
import { answerWith, askedOf, type TokenRequest } from '../grant.ts'
import { scopesAsked } from '../params.ts'
import { ACCESS_TOKEN, type ExchangeGrant, JWT, TOKEN_EXCHANGE } from './workload.ts'

/**
 * An access token of this org for another (RFC 8693): for an agent to act for its subject (with an actor token), or with
 * less in it for whoever holds it. The tokens are the proof; a client that authenticates must be the one they belong to.
 */
export const ownTokenExchange: ExchangeGrant = async request => {
  const { params } = request
  const text = params.get('subject_token') ?? ''
  const type = params.get('subject_token_type')
  if (type !== ACCESS_TOKEN && type !== JWT) return null
  const requested = params.get('requested_token_type')
  if (requested !== null && requested !== ACCESS_TOKEN && requested !== JWT) {
    throw unsupported('requested_token_type', requested)
  }
  const actor = actorTokenIn(request)
  const subject = liveToken(request, text, 'subject_token')
  return actor === null
    ? exchangeOwn(request, subject)
    : exchangeFor(request, subject, liveToken(request, actor, 'actor_token'))
}

const unsupported = (name: string, type: string): OauthError =>
  new OauthError('unsupported_token_type', `\`${name}\`: expected \`${ACCESS_TOKEN}\`, not \`${type.slice(0, 100)}\``)

function actorTokenIn({ params }: TokenRequest): string | null {
  const text = params.get('actor_token')
  const type = params.get('actor_token_type')
  if ((text === null) !== (type === null)) {
    throw new OauthError('invalid_request', '`actor_token` and `actor_token_type` go together')
  }
  if (type !== null && type !== ACCESS_TOKEN && type !== JWT) throw unsupported('actor_token_type', type)
  return text
}

/** A token of this org that lives, and, where it is bound to a key, shown with a proof of that key. */
function liveToken({ service, state, jkt }: TokenRequest, text: string, name: string): AccessToken {
  const found = service.tokens.verify(state, text)
  if (found.kind === 'not_ours') {
    throw new OauthError('invalid_request', `the \`${name}\` is no access token of this org`)
  }
  if (found.kind === 'dead') {
    throw new OauthError('invalid_request', `the \`${name}\` is no longer good: ${found.why.replaceAll('_', ' ')}`)
  }
  const { token } = found
  if (token.jkt !== null && token.jkt !== jkt) {
    throw new OauthError('invalid_dpop_proof', `the \`${name}\` is bound to a key; send a DPoP proof made with it`)
  }
  return token
}

/** An agent acts for the subject of a token, through those who act for it already. */
function exchangeFor(request: TokenRequest, subject: AccessToken, own: AccessToken): Reply | Promise<Reply> {
  const { registry } = request.state
  const agent = own.actors.length === 0 ? registry.identityOf(own.subject) : undefined
  if (agent?.kind !== 'agent') {
    throw new OauthError('invalid_request', 'the `actor_token` is not the token of an agent that acts for nobody')
  }
  mustBeClient(request, agent)
  const chain = subject.actors.flatMap(actor => registry.agentBySlug(actor.id) ?? [])
  const consents = subject.subject.type === 'user' ? registry.consentsOf(subject.subject.id) : []
  const found = delegate(subject, own, agent, chain, consents, wantedIn(request, agent), settingOf(request))
  return answer(request, agent, found, subject)
}

/** Whoever holds a token gets one with less in it. */
function exchangeOwn(request: TokenRequest, subject: AccessToken): Reply | Promise<Reply> {
  const holder = request.state.registry.identityOf(holderOf(subject))
  if (holder === undefined || holder.kind === 'user') {
    const message = "a user's token is exchanged for an agent to act for them: send the `actor_token` of one"
    throw new OauthError('invalid_request', message)
  }
  mustBeClient(request, holder)
  const held = { ...subject, scopes: [...subject.scopes, ...scopesApproved(request, subject)] }
  return answer(request, holder, narrow(held, wantedIn(request, holder), settingOf(request)), subject)
}

function mustBeClient({ client }: TokenRequest, expected: Agent | Client): void {
  if (client === null || client.client.id === expected.id) return
  throw new OauthError('invalid_request', 'the client that authenticated is not the one whose token this is')
}

function wantedIn(request: TokenRequest, client: Agent | Client) {
  const { service, state, params } = request
  const { resources } = askedOf(request)
  const scopes = scopesAsked(params)
  if (resources.length === 0) return { scopes, audience: null }
  const found = targetsOf(state, client, service.tokens.issuers.of(state.org.slug), resources)
  if (found.kind === 'refused') throw new OauthError('invalid_target', found.why)
  return { scopes, audience: found.targets.map(target => target.audience) }
}

export const settingOf = ({ service, state }: TokenRequest): Setting => ({
  settings: state.registry.settings,
  issuer: service.tokens.issuers.of(state.org.slug),
  now: service.clock(),
  holds: (list, scope) => spellingsOf(scope).some(name => list.includes(name)),
})

function answer(
  request: TokenRequest,
  client: Agent | Client,
  found: Narrowed | DelegationProblem,
  parent: AccessToken,
): Reply | Promise<Reply> {
  if (!found.ok) throw refusalOf(found)
  const wanted = {
    ...askedOf(request),
    client,
    subject: found.subject,
    actors: found.actors,
    grant: TOKEN_EXCHANGE,
    scopes: scopesAsked(request.params),
    narrowed: found,
    task: taskNamed(request, client, found),
    jkt: request.jkt ?? parent.jkt,
  }
  return answerWith(request, wanted, { issued_token_type: ACCESS_TOKEN })
}

/** Scopes that were approved for the named task, for the very chain of the token. Whether they may be had, the engine says. */
const scopesApproved = ({ params, state, service }: TokenRequest, token: AccessToken): readonly string[] =>
  params.get('jit_task_id') === null
    ? []
    : approvedScopes(state, params.get('jit_task_id') ?? '', token, service.clock())

/** `jit_task_id`: what was approved for this task may be had, by the very chain that asked. */
function taskNamed({ params, state, service }: TokenRequest, client: Agent | Client, found: Narrowed): string | null {
  const id = params.get('jit_task_id')
  if (id === null || id === found.task) return found.task
  const task = state.registry.tasks.get(id)
  if (task === undefined || client.kind !== 'agent' || task.agent !== client.slug || found.task !== null) {
    throw new OauthError('invalid_request', `\`jit_task_id\`: \`${id}\` is no task of this agent`)
  }
  if (!isTaskLive(state.registry, id, service.clock())) {
    throw new OauthError('invalid_grant', `the task \`${id}\` is over`)
  }
  return id
}

/** What the rules of delegation refuse, by the published codes; consent that lacks is told apart in the details. */
export function refusalOf({ code, message, maxDepth }: DelegationProblem): OauthError {
  switch (code) {
    case 'consent_required':
      return new OauthError('delegation_not_allowed', message, { reason: code })
    case 'delegation_depth_exceeded':
      return new OauthError(code, message, { max_depth: maxDepth ?? 0 })
    default:
      return new OauthError(code, message)
  }
}
