import { candidatesOf, type RuleIndex } from '../engine/candidates.ts'
import { actionsOf } from '../engine/compile.ts'
import type { Later } from '../lib/later.ts'
import type { SubjectPhrase } from '../policy/ast.ts'
import { type Named, type Nouns, namedBy, nounsOf } from '../policy/capability.ts'
import type { Reason } from '../policy/decision.ts'
import { capitalize } from '../policy/print-words.ts'
import type { Request, Resource } from '../policy/request.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { check } from './check.ts'
import { chainOf, type Principal } from './keys.ts'
import { type OrgState, setOf } from './org.ts'
import { permits } from './question-search.ts'
import type { Service } from './service.ts'

const known = new WeakMap<Vocabulary, Nouns>()

function nounsIn({ vocabulary }: OrgState, { shipped }: Pick<Service, 'shipped'>): Nouns {
  const kept = known.get(vocabulary) ?? nounsOf(vocabulary, shipped.reservedTypes)
  known.set(vocabulary, kept)
  return kept
}

/** What is asked by the name of a permission. */
export interface Permitted {
  readonly action: string
  readonly resource: Resource
}

/**
 * What a permission asks for. Without a resource it asks about the type it names, and one that names none, as it stands,
 * about the org. On a resource of another type than it names, it is an action as it stands.
 */
export function permissionAsked(
  service: Pick<Service, 'shipped'>,
  state: OrgState,
  permission: string,
  resource: Resource | null,
): Permitted {
  const named = namedBy(permission, nounsIn(state, service))
  if (resource === null) {
    if (named === null) return { action: permission, resource: { type: 'org', id: state.org.slug } }
    return { action: named.action, resource: { type: named.type, id: named.id } }
  }
  return { action: named !== null && isOn(named, resource) ? named.action : permission, resource }
}

const isOn = (named: Named, { type, id }: Resource): boolean =>
  named.type === type && (named.id === null || named.id === id)

/** Whether the org's rules give a caller of it a permission of this name. Nothing is logged, as when a caller is let in. */
export function hasPermission(
  service: Pick<Service, 'answered' | 'shipped' | 'clock'>,
  state: OrgState,
  principal: Principal,
  permission: string,
  ip: string,
): Later<boolean> {
  if (principal.org !== state.org.slug) return false
  const asked = permissionAsked(service, state, permission, null)
  // A token is good for what its scopes cover, in whatever spelling.
  const covers = (scope: string): boolean => samePermission(asked, permissionAsked(service, state, scope, null))
  if (principal.kind === 'token' && !principal.token.scopes.some(covers)) return false
  const request = { org: state.org.slug, ...chainOf(principal), ...asked, context: { ip }, at: service.clock() }
  return service.answered(state, world => check(world, request).verdict.effect === 'allow')
}

const samePermission = (a: Permitted, b: Permitted): boolean =>
  a.action === b.action && a.resource.type === b.resource.type && a.resource.id === b.resource.id

/** A permission somebody has: its name, the sentence that gives it, and through what they have it. */
export interface Permission {
  readonly slug: string
  readonly description: string
  readonly source: string
}

type Caller = Pick<Request, 'subject' | 'actors'>

/**
 * Everything that `permissionAsked` would be allowed of without a resource, by the names that say it, sorted. `allow`s
 * alone: what waits for an approval, a place or a resource is no permission.
 */
export function permissionsOf(
  service: Pick<Service, 'shipped'>,
  state: OrgState,
  caller: Caller,
  at: number,
): readonly Permission[] {
  const nouns = nounsIn(state, service)
  const types = new Set(nouns.values())
  const found: Permission[] = []
  const rules = new Map(state.rules.map(({ id, rule }) => [id, rule.subject]))
  const tell = (slug: string, { action, resource }: Permitted): void => {
    const request = { org: state.org.slug, ...caller, action, resource, context: {}, at }
    if (!hasCandidate(state, request)) return
    const { effect, reasons } = check(state, request).verdict
    const [reason] = reasons
    if (effect !== 'allow' || reason === undefined) return
    found.push({ slug, description: reason.sentence, source: sourceOf(state, request, reason, rules) })
  }
  for (const action of actionsOf(state.set)) {
    const own = permissionAsked(service, state, action, null)
    if (/[:.]/.test(action) && own.action === action) tell(action, own)
    for (const type of typesOf(state.set.index, action, types)) {
      const slug = `${type}.${action}`
      const named = namedBy(slug, nouns)
      if (named?.type === type && named.action === action) tell(slug, { action, resource: { type, id: null } })
    }
  }
  return found.sort((a, b) => (a.slug < b.slug ? -1 : 1))
}

/** Types of which some rule may give an action on the type as such. */
function typesOf({ layers }: RuleIndex, action: string, all: ReadonlySet<string>): Iterable<string> {
  const homes = layers.flatMap(l => [l.byAction.get(action), l.anyAction]).filter(home => home !== undefined)
  if (homes.some(({ anything }) => anything.all.some(rule => rule.effect !== 'forbid'))) return all
  return new Set(homes.flatMap(({ types }) => [...types.keys()]))
}

function hasCandidate({ set }: OrgState, request: Request): boolean {
  const { subject, actors, action, resource } = request
  const found = candidatesOf(set.index, { subject, principal: null, actors, action, resource })
  return found.permits.length > 0 || found.approvals.length > 0
}

/** `role:Editor`, `group:Interns`, `type:user`, `everyone`, `direct` for whom a rule names, `grant` for a yes once given. */
function sourceOf(
  state: OrgState,
  request: Request,
  { rule, effect }: Reason,
  rules: ReadonlyMap<string, SubjectPhrase>,
): string {
  const phrase = rules.get(rule)
  if (effect === 'grant' || phrase === undefined) return effect === 'grant' ? 'grant' : `rule:${rule}`
  return phraseSource(phrase, part => describes(state, part, request))
}

function phraseSource(phrase: SubjectPhrase, holds: (part: SubjectPhrase) => boolean): string {
  switch (phrase.kind) {
    case 'anyone':
      return 'everyone'
    case 'named':
      return 'direct'
    case 'type':
      return `type:${phrase.type}`
    case 'role':
      return `role:${title(phrase.relation)}`
    case 'group':
      return `group:${title(phrase.name)}`
    case 'except':
      return phraseSource(phrase.of, holds)
    case 'acting':
      return phraseSource(phrase.actor, holds)
    case 'any-of': {
      const part = phrase.of.find(holds)
      return part === undefined ? 'everyone' : phraseSource(part, holds)
    }
  }
}

const title = (name: string): string => capitalize(name.replaceAll('_', ' '))

/** Whether a phrase is about the subject of a request. */
function describes(state: OrgState, subject: SubjectPhrase, request: Request): boolean {
  const rule = { kind: 'rule', effect: 'permit', actions: null, condition: null, approver: null } as const
  const alone = { id: 'asked', text: '', rule: { ...rule, subject, resource: { kind: 'anything' } as const } }
  return permits(state, setOf(state.org, [alone], 0), request)
}
