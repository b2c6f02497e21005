import type { PolicySet } from '../engine/compile.ts'
import { actionsOf } from '../engine/compile.ts'
import { callOf, linksOf } from '../engine/decide.ts'
import { settle } from '../engine/settle.ts'
import { sha256 } from '../lib/ids.ts'
import { type Ask, type Found, requestsOf, type Sought } from '../policy/ask.ts'
import type { Rule } from '../policy/ast.ts'
import type { Request } from '../policy/request.ts'
import { check, specializeNow, worldFor } from './check.ts'
import { startReading } from './meters.ts'
import { type OrgState, setOf } from './org.ts'
import { firstAfter, idsOf, type Page, readToken, scanOf, writeToken } from './search.ts'

type Search = Extract<Ask, { readonly kind: 'search' }>

export interface FoundPage {
  readonly found: readonly Found[]
  /** Empty when nothing is left to look at. A page may be short, even empty, and still have a next one. */
  readonly nextToken: string
}

/** What may be found, in an order of its own; `key` says where a page ends. */
interface Candidate {
  readonly key: string
  readonly found: Found
}

/** Everything known to the org that a question looks for and that is allowed. Complete over all pages. */
export function searchAsked(state: OrgState, ask: Search, now: number, page: Page): FoundPage {
  const print = sha256(JSON.stringify([state.org.slug, ask], exact)).slice(0, 32)
  const after = page.token === null ? null : readToken(page.token, print)
  const allows = judge(state, ask, now)
  const most = scanOf(state)
  const found: Found[] = []
  let scanned = 0
  let last = ''
  for (const candidate of candidatesOf(state, ask, after)) {
    if (scanned === most || found.length === page.limit) return { found, nextToken: writeToken(last, print) }
    if (allows(candidate.found)) found.push(candidate.found)
    scanned += 1
    last = candidate.key
  }
  return { found, nextToken: '' }
}

const exact = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

function* candidatesOf(state: OrgState, ask: Search, after: string | null): Generator<Candidate> {
  const { sought } = ask
  if (sought.kind === 'action' && ask.resources.length > 0) {
    const actions = actionsOf(state.set)
    for (const action of actions.slice(after === null ? 0 : firstAfter(actions, after))) {
      yield { key: action, found: { action } }
    }
    return
  }
  if (sought.kind === 'action') return yield* deeds(state, after)
  const [lastType = '', lastId = ''] = split(after)
  for (const type of sought.types.toSorted()) {
    if (type < lastType) continue
    const ids = idsOf(state, type)
    for (const id of ids.slice(type === lastType ? firstAfter(ids, lastId) : 0)) {
      const entity = { type, id }
      yield { key: `${type}:${id}`, found: sought.kind === 'subject' ? { subject: entity } : { resource: entity } }
    }
  }
}

/** Every action on every type as such, then on each thing of it. */
function* deeds(state: OrgState, after: string | null): Generator<Candidate> {
  const types = [...new Set([...state.vocabulary.model.types.map(t => t.name), ...state.vocabulary.types])].sort()
  let passed = after === null
  for (const type of types) {
    for (const id of [null, ...idsOf(state, type)]) {
      for (const action of actionsOf(state.set)) {
        const key = JSON.stringify([type, id, action])
        if (passed) yield { key, found: { action, resource: { type, id } } }
        else passed = key === after
      }
    }
  }
}

function split(after: string | null): readonly string[] {
  const cut = after?.indexOf(':') ?? -1
  return after === null ? [] : [after.slice(0, cut), after.slice(cut + 1)]
}

/** Whether a candidate counts, by the phrase that says which do, and is allowed what the question asks. */
function judge(state: OrgState, ask: Search, now: number): (found: Found) => boolean {
  const rule = ruleOf(ask.sought)
  const counts = rule === null ? null : setOf(state.org, [{ id: 'asked', text: '', rule }], 0)
  const allowed = (request: Request): boolean =>
    (counts === null || permits(state, counts, request)) && check(state, request).verdict.effect === 'allow'
  return found => {
    const requests = requestsOf(ask, { org: state.org.slug, now }, found)
    return ask.join === 'all' ? requests.every(allowed) : requests.some(allowed)
  }
}

/** The phrase as a rule that permits exactly those it describes; null where any will do. */
function ruleOf(sought: Sought): Rule | null {
  if (sought.kind === 'action') return null
  const { among } = sought
  if (among.kind === 'anyone' || among.kind === 'anything' || (among.kind === 'type' && among.where === null))
    return null
  const rule = { kind: 'rule', effect: 'permit', actions: null, condition: null, approver: null } as const
  return sought.kind === 'subject'
    ? { ...rule, subject: sought.among, resource: { kind: 'anything' } }
    : { ...rule, subject: { kind: 'anyone' }, resource: sought.among }
}

/** Whether the rules of a set alone permit a request's subject what it asks for. */
export function permits(state: OrgState, set: PolicySet, request: Request): boolean {
  const alone = { ...request, actors: [] }
  const [link] = linksOf(alone)
  if (link === undefined) return false
  return (
    settle(
      specializeNow(set, link, worldFor(state, request), () => undefined),
      callOf(alone, true, startReading(state, request.at)),
    ).effect === 'allow'
  )
}
