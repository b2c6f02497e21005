import { DELEGATE, mayStandFor } from '../../agents/delegation.ts'
import { INTRINSIC } from '../../facts/registered.ts'
import { capabilityNames, MCP_TOOL } from '../../policy/capability.ts'
import type { Missing } from '../../policy/decision.ts'
import { type Entity, printEntity, sameEntity } from '../../policy/entity.ts'
import { plural } from '../../policy/print-words.ts'
import type { Request } from '../../policy/request.ts'
import { type Principal, taskOf } from '../keys.ts'
import type { OrgState } from '../org.ts'
import { permissionAsked } from '../permissions.ts'
import type { Service } from '../service.ts'
import { type Chain, holderIn } from './reading.ts'

/** What a request lacks before any rule is asked: scopes of the token, the right to act for somebody. */
export interface Standing {
  readonly missing: readonly Missing[]
  /** The request as it is decided: for nobody the caller may not act for. */
  readonly request: Request
  readonly scopes: readonly string[]
}

/** Whether a request is the caller's own: it does it itself, for itself or for somebody else. */
export function isOwn(caller: Chain, request: Pick<Request, 'subject' | 'actors'>): boolean {
  const own = lineOf(caller)
  const asked = lineOf(request)
  return asked.length >= own.length && own.every((one, i) => sameEntity(one, asked[i] ?? { type: '', id: '' }))
}

/** Who acts first, the subject last. */
const lineOf = ({ subject, actors }: Chain): readonly Entity[] => [subject, ...actors].toReversed()

export function standingOf(
  service: Service,
  state: OrgState,
  principal: Principal,
  caller: Chain,
  asked: Request,
): Standing {
  const request = isOwn(caller, asked) ? { ...asked, ...taskOf(principal) } : asked
  const { action, resource } = request
  const holder = holderIn(caller)
  const scopes = [scopeFor(state, holder, action, resource)]
  if (!isOwn(caller, request)) return { missing: [], request, scopes }
  const missing: Missing[] = []
  if (principal.kind === 'token' && !covered(service, state, principal.token.scopes, request)) {
    missing.push(lack('token', `the scope \`${scopes[0]}\``, 'the token does not hold', holder))
  }
  if (request.actors.length === caller.actors.length) return { missing, request, scopes }
  const { subject } = request
  const why = notFor(service, state, principal, caller, subject)
  const all = [...scopes, DELEGATE[0] ?? '']
  if (why === null) return { missing, request, scopes: all }
  const own = { ...request, subject: { type: caller.subject.type, id: caller.subject.id }, actors: caller.actors }
  const told = { rule: 'delegation', clause: `acting for ${printEntity(subject)}`, text: why, truth: 'no' } as const
  return { missing: [...missing, { ...told, for: printEntity(holder) }], request: own, scopes: all }
}

const lack = (rule: string, clause: string, text: string, holder: Entity): Missing => ({
  rule,
  clause,
  text: `${text} ${clause}`,
  truth: 'no',
  for: printEntity(holder),
})

/** Why the caller may not act for somebody its token does not name; null where it may, once it gets that token. */
function notFor(
  service: Service,
  state: OrgState,
  principal: Principal,
  caller: Chain,
  subject: Entity,
): string | null {
  const holder = holderIn(caller)
  const agent = state.registry.identityOf(holder)
  if (agent?.kind !== 'agent') return `${printEntity(holder)} is no agent, and agents alone act for others`
  if (caller.actors.length > 0) {
    return `the token is for acting on behalf of ${printEntity(caller.subject)}, not of ${printEntity(subject)}`
  }
  const parent = { subject: { type: subject.type, id: subject.id }, actors: [], mayAct: null }
  const consents = subject.type === 'user' ? state.registry.consentsOf(subject.id) : []
  const problem = mayStandFor(parent, agent, consents, service.clock())
  if (problem !== null) return problem.message
  const held = principal.kind !== 'token' || DELEGATE.some(one => principal.token.scopes.includes(one))
  return held ? null : `the token does not hold the scope \`${DELEGATE[0]}\``
}

/** A token is good for what its scopes cover, in whatever spelling the org knows. */
export function covered(
  service: Service,
  state: OrgState,
  scopes: readonly string[],
  { action, resource }: Request,
): boolean {
  const names = [...capabilityNames(action, resource), ...toolScope(state, action, resource)]
  if (names.some(name => scopes.includes(name) || INTRINSIC.includes(name))) return true
  return scopes.some(scope => {
    const named = permissionAsked(service, state, scope, null)
    const { type, id } = named.resource
    return named.action === action && type === resource.type && (id === null || id === resource.id)
  })
}

/** The scope by which a server names one of its tools. */
function toolScope({ registry }: OrgState, action: string, { type, id }: Request['resource']): readonly string[] {
  if (type !== MCP_TOOL || action !== 'use' || id === null) return []
  const slash = id.indexOf('/')
  const tool = registry.serverBySlug(id.slice(0, slash))?.tools.find(one => one.name === id.slice(slash + 1))
  return tool === undefined ? [] : [tool.scope]
}

/** The scope that covers a request: as the asker's own capabilities spell it, else the verb and the noun. */
function scopeFor(state: OrgState, holder: Entity, action: string, resource: Request['resource']): string {
  const names = [...capabilityNames(action, resource), ...toolScope(state, action, resource)]
  const identity = state.registry.identityOf(holder)
  const held = identity === undefined || identity.kind === 'user' ? [] : identity.capabilities
  const own = names.find(name => name !== action && held.includes(name))
  const one = names.find(name => name === `${resource.type}:${resource.id}`)
  return own ?? one ?? `${action}:${plural(resource.type)}`
}
