import type { PolicySet } from '../engine/compile.ts'
import { callOf, combine, type Link, linksOf } from '../engine/decide.ts'
import { withEvidence } from '../engine/held.ts'
import { settle } from '../engine/settle.ts'
import { type Residual, specialize } from '../engine/specialize.ts'
import { PASSING } from '../facts/away.ts'
import type { CellKey } from '../facts/cells.ts'
import { factsOf } from '../facts/world.ts'
import type { Verdict } from '../policy/decision.ts'
import type { Fact } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { linkKey } from './cache.ts'
import { type Reading, startReading } from './meters.ts'
import type { OrgState } from './org.ts'

/** A verdict with the residual of every link it came from, which hold the facts that were read. */
export interface Checked {
  readonly verdict: Verdict
  readonly residuals: readonly Residual[]
  /** What meters stood at that were read. */
  readonly meters: readonly Fact[]
}

const NO_METERS: readonly Fact[] = Object.freeze([])

/**
 * Decides from memory. Synchronous: all it reads is of one revision of the org. Where a server has the relations, it is
 * run as `answered` runs it.
 */
export function check(state: OrgState, request: Request): Checked {
  const world = worldFor(state, request)
  return checkWith(
    request,
    link => residualOf(world, link),
    () => startReading(world, request.at),
  )
}

/** The state as a call sees it: a server evaluates conditions in the call's context. */
export const worldFor = (state: OrgState, { context }: Request): OrgState =>
  state.away === null ? state : { ...state, away: state.away.within(context) }

/**
 * Decides from the residuals of a request's links, whoever makes them, at what the org's meters stand at, and by the
 * capability that was shown with it.
 */
export function checkWith(request: Request, residualFor: (link: Link) => Residual, counting: () => Reading): Checked {
  if (request.evidence === undefined) return byRules(request, residualFor, counting)
  const reading = counting()
  const made = byRules(request, residualFor, () => reading)
  return { ...made, verdict: withEvidence(made.verdict, request, reading.stands), meters: reading.facts }
}

function byRules(request: Request, residualFor: (link: Link) => Residual, counting: () => Reading): Checked {
  if (request.actors.length === 0) {
    const { subject, actors, action, resource, task } = request
    const link = { subject, principal: null, actors, action, resource }
    const residual = residualFor(task == null ? link : { ...link, tasked: true })
    if (!residual.metered) {
      return { verdict: settle(residual, callOf(request, true)), residuals: [residual], meters: NO_METERS }
    }
    const reading = counting()
    const verdict = settle(residual, callOf(request, true, reading))
    return { verdict, residuals: [residual], meters: reading.facts }
  }
  const residuals: Residual[] = []
  const links = linksOf(request)
  for (const link of links) residuals.push(residualFor(link))
  const reading = residuals.some(one => one.metered) ? counting() : undefined
  const verdicts = residuals.map((residual, index) => settle(residual, callOf(request, index === 0, reading)))
  return { verdict: combine(verdicts), residuals, meters: reading?.facts ?? NO_METERS }
}

function residualOf(state: OrgState, link: Link): Residual {
  const key = linkKey(link)
  const cached = state.away === null || state.away.trusted ? state.cache.get(key) : undefined
  if (cached !== undefined) {
    state.cacheUse.hits += 1
    return cached
  }
  state.cacheUse.misses += 1
  const cells = new Set<CellKey>()
  const residual = specializeNow(state.set, link, state, cell => cells.add(cell))
  const keeps = state.away === null || (state.away.steady && !cells.has(PASSING))
  if (keeps) state.cache.set(key, residual, [...cells])
  return residual
}

/**
 * INVARIANT: with the whole org in memory every question is answered at once. Where a server is still to be asked, the
 * residual denies, and nobody is shown what comes of it.
 */
export function specializeNow(
  set: PolicySet,
  link: Link,
  world: Pick<OrgState, 'graph' | 'attributes' | 'registry' | 'key'> & Partial<Pick<OrgState, 'away'>>,
  reads: (cell: CellKey) => void,
): Residual {
  const found = specialize(set, link, factsOf(world, reads))
  if (found.kind === 'residual') return found
  if (!world.away) throw new Error('a fact held in memory was not answered')
  reads(PASSING)
  return { kind: 'residual', org: set.org, link, constant: WAITING, facts: [], ...NOTHING_LEFT }
}

const WAITING: Verdict = { effect: 'deny', reasons: [], obligations: [], missing: [], validUntil: null }
const NOTHING_LEFT = { forbids: [], approvals: [], permits: [], grants: [], metered: false, near: [], times: [] }
