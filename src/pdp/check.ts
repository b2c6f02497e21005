import type { PolicySet } from '../engine/compile.ts'
import { type CallFacts, callOf, combine, type Link, linksOf } from '../engine/decide.ts'
import { withEvidence } from '../engine/held.ts'
import { residualOf } from '../engine/residual.ts'
import { constantOf, settle } from '../engine/settle.ts'
import { type Residual, specialize } from '../engine/specialize.ts'
import { PASSING } from '../facts/away.ts'
import type { CellKey } from '../facts/cells.ts'
import { factsOf } from '../facts/world.ts'
import type { Verdict } from '../policy/decision.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Fact } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { type Reading, startReading } from './meters.ts'
import type { OrgState } from './org.ts'
import { type Keyed, linkOf } from './residuals/keys.ts'

/** A verdict with the residual of every link it came from, which hold the facts that were read. */
export interface Checked {
  readonly verdict: Verdict
  readonly residuals: readonly Residual[]
  /** What meters stood at that were read. */
  readonly meters: readonly Fact[]
  /** The facts as a record holds them, where they must be at hand later than in the turn they were read in. */
  readonly facts?: readonly JsonObject[]
}

const NO_METERS: readonly Fact[] = Object.freeze([])

/**
 * Decides from memory. Synchronous: all it reads is of one revision of the org. Where a server has the relations, it is
 * run as `answered` runs it.
 */
export function check(state: OrgState, request: Request): Checked {
  if (state.away === null && request.evidence === undefined && request.actors.length === 0 && request.task == null) {
    const residual = residualFor(state, request)
    const { left } = residual
    if (left.constant) return { verdict: constantOf(residual), residuals: [residual], meters: NO_METERS }
    return left.metered ? counted(state, request, residual) : uncounted(request, residual)
  }
  return checkLinks(state, request)
}

function checkLinks(state: OrgState, request: Request): Checked {
  const world = worldFor(state, request)
  return checkWith(
    request,
    link => residualFor(world, link),
    () => startReading(world, request.at),
  )
}

const uncounted = (request: Request, residual: Residual): Checked => ({
  verdict: settle(residual, callOf(request, true, undefined, residual)),
  residuals: [residual],
  meters: NO_METERS,
})

function counted(state: OrgState, request: Request, residual: Residual): Checked {
  const reading = startReading(state, request.at)
  const verdict = settle(residual, callOf(request, true, reading, residual))
  return { verdict, residuals: [residual], meters: reading.facts }
}

/** The state as a call sees it: a server evaluates conditions in the call's context. */
export const worldFor = (state: OrgState, { context }: Request): OrgState =>
  state.away === null ? state : { ...state, away: state.away.within(context) }

/**
 * Decides from the residuals of a request's links, whoever makes them, at what the org's meters stand at, and by the
 * capability that was shown with it.
 */
export function checkWith(request: Request, residualFor: (link: Keyed) => Residual, counting: () => Reading): Checked {
  if (request.evidence === undefined) return byRules(request, residualFor, counting)
  const reading = counting()
  const made = byRules(request, residualFor, () => reading)
  return { ...made, verdict: withEvidence(made.verdict, request, reading.stands), meters: reading.facts }
}

function byRules(request: Request, residualFor: (link: Keyed) => Residual, counting: () => Reading): Checked {
  if (request.actors.length === 0) {
    const residual = residualFor(request.task == null ? request : { ...linkOf(request), tasked: true })
    const reading = residual.left.metered ? counting() : undefined
    const verdict = settleFor(residual, request, true, reading)
    return { verdict, residuals: [residual], meters: reading?.facts ?? NO_METERS }
  }
  const residuals: Residual[] = []
  for (const link of linksOf(request)) residuals.push(residualFor(link))
  const reading = residuals.some(one => one.left.metered) ? counting() : undefined
  const verdicts = residuals.map((residual, index) => settleFor(residual, request, index === 0, reading))
  return { verdict: combine(verdicts), residuals, meters: reading?.facts ?? NO_METERS }
}

/** Nothing is made of the call where no call matters. */
const settleFor = (residual: Residual, request: Request, isSubject: boolean, known: CallFacts | undefined): Verdict =>
  residual.left.constant ? constantOf(residual) : settle(residual, callOf(request, isSubject, known, residual))

function residualFor(state: OrgState, asked: Keyed): Residual {
  const { away, cache } = state
  const cached = away === null || away.trusted ? cache.get(asked) : undefined
  if (cached !== undefined) {
    state.cacheUse.hits += 1
    return cached
  }
  state.cacheUse.misses += 1
  const cells: CellKey[] = []
  const residual = specializeNow(state.set, linkOf(asked), state, cell => void cells.push(cell))
  if (away === null || (away.steady && !cells.includes(PASSING))) cache.set(residual, cells)
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
  return residualOf(link, { ...NOTHING_LEFT, org: set.org }, [])
}

const NOTHING_LEFT = {
  constant: true,
  forbids: [],
  approvals: [],
  permits: [],
  grants: [],
  metered: false,
  near: [],
  times: [],
  asked: [],
}
