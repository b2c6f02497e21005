import { actionsOf } from '../engine/compile.ts'
import { sha256 } from '../lib/ids.ts'
import type { Request } from '../policy/request.ts'
import { check } from './check.ts'
import { PdpError } from './errors.ts'
import { namedIn } from './named.ts'
import type { OrgState } from './org.ts'

/** Which member of a request is searched for; the others are fixed. */
export type Sought = 'subject' | 'resource' | 'action'

export interface Page {
  readonly limit: number
  readonly token: string | null
}

export interface Found {
  /** Ids of entities, or names of actions, in byte order. */
  readonly ids: readonly string[]
  /** Empty when nothing is left to look at. A page may be short, even empty, and still have a next one. */
  readonly nextToken: string
}

/** Candidates looked at for one page: what bounds the work of one call. */
const SCAN = 5_000
/** The same where each is asked of a server. */
const SCAN_AWAY = 500

export const scanOf = ({ away }: OrgState): number => (away === null ? SCAN : SCAN_AWAY)

/**
 * Everything known to the org that, put in the place of what is sought, is allowed. Complete over all pages: an entity
 * is known when a tuple, an attribute or a rule names it.
 */
export function search(state: OrgState, request: Request, sought: Sought, page: Page): Found {
  const print = fingerprint(request, sought)
  const after = page.token === null ? null : readToken(page.token, print)
  const candidates = sought === 'action' ? [...actionsOf(state.set)].sort() : idsOf(state, typeOf(request, sought))
  const ids: string[] = []
  let at = after === null ? 0 : firstAfter(candidates, after)
  const end = Math.min(candidates.length, at + scanOf(state))
  while (at < end && ids.length < page.limit) {
    const id = candidates[at] as string
    if (check(state, withCandidate(request, sought, id)).verdict.effect === 'allow') ids.push(id)
    at += 1
  }
  const last = candidates[at - 1]
  return { ids, nextToken: at < candidates.length && last !== undefined ? writeToken(last, print) : '' }
}

const typeOf = (request: Request, sought: 'subject' | 'resource'): string => request[sought].type

function withCandidate(request: Request, sought: Sought, id: string): Request {
  switch (sought) {
    case 'subject':
      return { ...request, subject: { ...request.subject, id } }
    case 'resource':
      return { ...request, resource: { ...request.resource, id } }
    case 'action':
      return { ...request, action: id }
  }
}

const lists = new WeakMap<OrgState, { revision: number; byType: Map<string, readonly string[]> }>()

/** Every known id of a type, sorted. */
export const idsOf = (state: OrgState, type: string): readonly string[] =>
  state.away === null ? keptIds(state, type) : readIds(state, type, state.away.entities(type))

/** They are kept until the org's next revision. */
function keptIds(state: OrgState, type: string): readonly string[] {
  const held = lists.get(state)
  const kept = held?.revision === state.revision ? held : { revision: state.revision, byType: new Map() }
  if (kept !== held) lists.set(state, kept)
  const known = kept.byType.get(type)
  if (known !== undefined) return known
  const sorted = readIds(state, type, state.graph?.entities(type) ?? [])
  kept.byType.set(type, sorted)
  return sorted
}

function readIds(state: OrgState, type: string, related: Iterable<string>): readonly string[] {
  const ids = new Set<string>([...related, ...state.attributes.entities(type)])
  for (const { rule } of state.rules) for (const entity of namedIn(rule)) if (entity.type === type) ids.add(entity.id)
  return [...ids].sort()
}

/** Index of the first candidate after `last` in byte order. */
export function firstAfter(sorted: readonly string[], last: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as string) <= last) low = middle + 1
    else high = middle
  }
  return low
}

/** A token serves only the search it came from: everything but the page must be as it was. */
function fingerprint(request: Request, sought: Sought): string {
  const { org, subject, actors, action, resource, context } = request
  const free = {
    subject: sought === 'subject' ? { ...subject, id: '' } : subject,
    resource: sought === 'resource' ? { ...resource, id: '' } : resource,
    action: sought === 'action' ? '' : action,
  }
  return sha256(JSON.stringify([org, sought, free, actors, context])).slice(0, 32)
}

export const writeToken = (last: string, print: string): string => Buffer.from(`${print}${last}`).toString('base64url')

export function readToken(token: string, print: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith(print)) {
    throw new PdpError('invalid_page_token', 'the page token belongs to another search; start again without it')
  }
  return text.slice(print.length)
}
