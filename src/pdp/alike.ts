import type { Residual } from '../engine/specialize.ts'
import type { Decision } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'

/** What decisions on one residual have in common, as long as nothing is published. */
export interface Alike {
  readonly request: Request
  readonly policyVersion: number
  readonly model: string | null
  readonly zone: string
}

type Kinds = { [Effect in Decision['effect']]?: Alike }

/** What a call brings along is its own, and may be large. */
const NOTHING = {}

const known = new WeakMap<Residual, Kinds>()

/**
 * The same object for decisions whose rows in the log differ only in what they have of their own. INVARIANT: rows that bear the same
 * are equal but for their id and instants, the context of their requests, revision, trace, and what was said of why.
 */
export function alikeOf(
  residual: Residual,
  { effect, policyVersion, charges, over }: Decision,
  request: Request,
  model: string | null,
  zone: string,
): Alike | undefined {
  if (charges !== undefined || over !== undefined || !isPlain(request)) return undefined
  let kinds = known.get(residual)
  if (kinds === undefined) {
    kinds = {}
    known.set(residual, kinds)
  }
  const last = kinds[effect]
  if (last !== undefined && last.policyVersion === policyVersion && last.model === model && last.zone === zone) {
    if (isSame(last.request, request)) return last
  }
  const made = { request: { ...request, context: NOTHING }, policyVersion, model, zone }
  kinds[effect] = made
  return made
}

/** It says nothing beyond who, what, on what, when, and its context. */
const isPlain = ({ subject, actors, resource, task, evidence }: Request): boolean =>
  actors.length === 0 &&
  task === undefined &&
  evidence === undefined &&
  subject.properties === undefined &&
  resource.properties === undefined

const isSame = (a: Request, b: Request): boolean =>
  a.org === b.org &&
  a.action === b.action &&
  a.subject.type === b.subject.type &&
  a.subject.id === b.subject.id &&
  a.resource.type === b.resource.type &&
  a.resource.id === b.resource.id
