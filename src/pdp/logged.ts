import type { Residual } from '../engine/residual.ts'
import type { Alike, Loggable } from '../facts/logged.ts'
import type { World } from '../facts/world.ts'
import type { Run } from '../lib/ids.ts'
import { trace } from '../lib/origin.ts'
import type { Decision, Effect } from '../policy/decision.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Request } from '../policy/request.ts'
import type { Checked } from './check.ts'
import type { OrgState } from './org.ts'
import { factsAtHand, factsRead, provedBy, rowOf } from './record.ts'

/** What the record of a decision holds that is not its own: all in one place, for it is looked at with every decision. */
interface Common {
  readonly effect: Effect
  readonly reasons: Decision['reasons']
  readonly missing: Decision['missing']
  readonly obligations: Decision['obligations']
  readonly validUntil: number | null
  readonly policyVersion: number
  readonly task: string | null | undefined
  readonly model: string | null
  readonly zone: string
  readonly facts: readonly JsonObject[]
  readonly isTraced: boolean
  /** Of the chain that it goes through; null where there is one alone. */
  readonly residuals: readonly Residual[] | null
}

/** Decisions that were logged before, and those from the same residual that are not like them. */
interface Known extends Alike, Common {
  next: Known | null
}

/** Kinds of decisions that are known of one residual. */
const MOST = 4

/** What a decision is made of: what its record says of it, and what its facts are proved by. */
export type Under = World & Pick<OrgState, 'model' | 'org'>

/**
 * A decision as the log takes it. Nearly all of its record was in that of one before, from the same residuals: that is seen
 * by what they share, and then nothing of it is made, compared or written again. `run` and `place` say where its id was made.
 * INVARIANT: where `checked` is without facts, it is of this turn.
 */
export function loggedOf(
  decision: Decision,
  request: Request,
  checked: Checked,
  under: Under,
  at: number,
  run: Run | null = null,
  place = 0,
): Loggable {
  const { residuals, meters } = checked
  const first = residuals[0]
  const model = under.model?.id ?? null
  const { zone } = under.org
  const facts = checked.facts ?? factsAtHand(residuals) ?? factsRead(residuals, provedBy(under))
  if (first === undefined || meters.length > 0 || !isPlain(decision, request) || !residuals.every(isKept)) {
    return rowOf(decision, request, residuals, model, zone, at, meters, facts)
  }
  const from = trace()
  const isTraced = from !== undefined
  const { id, effect, reasons, missing, obligations, validUntil, policyVersion, revision } = decision
  const { context, at: asked, task } = request
  const chain = residuals.length === 1 ? null : residuals
  let alike = first.made.alike as Known | null
  while (
    alike !== null &&
    !(
      alike.effect === effect &&
      alike.policyVersion === policyVersion &&
      alike.validUntil === validUntil &&
      alike.isTraced === isTraced &&
      alike.task === task &&
      alike.model === model &&
      alike.zone === zone &&
      isSameList(alike.facts, facts) &&
      isSameList(alike.reasons, reasons) &&
      isSameList(alike.missing, missing) &&
      isSameList(alike.obligations, obligations) &&
      isSameChain(alike.residuals, chain)
    )
  ) {
    alike = alike.next
  }
  if (alike === null) {
    const verdict = { effect, reasons, missing, obligations, validUntil, policyVersion }
    alike = madeKnown(first, { ...verdict, task, model, zone, facts, isTraced, residuals: chain }, request)
  }
  return { alike, id, run, place, at, context, asked, trace: from, revision }
}

/** Whether all that is said in it follows from its residuals, the verdict and the task. */
const isPlain = ({ charges, over }: Decision, { subject, resource, evidence }: Request): boolean =>
  charges === undefined &&
  over === undefined &&
  evidence === undefined &&
  subject.properties === undefined &&
  resource.properties === undefined

const isKept = ({ made }: Residual): boolean => made.facts !== null

function madeKnown(first: Residual, common: Common, request: Request): Known {
  const { made } = first
  const { residuals, model, zone, facts } = common
  const decision = { ...common, id: '', revision: 0 }
  const row = rowOf(decision, { ...request, context: {}, at: 0 }, residuals ?? [first], model, zone, 0, [], facts)
  const known: Known = { known: null, batch: null, place: 0, next: made.alike as Known | null, ...common, row }
  let last = known
  for (let count = 1; count < MOST && last.next !== null; count += 1) last = last.next
  last.next = null
  made.alike = known
  return known
}

/** INVARIANT: the first of a chain is the one they were found by, and is of one subject, actors, action and resource. */
const isSameChain = (a: readonly Residual[] | null, b: readonly Residual[] | null): boolean =>
  a === null || b === null ? a === b : isSameList(a, b)

function isSameList(a: readonly object[], b: readonly object[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) if (!isSame(a[i] as object, b[i] as object)) return false
  return true
}

/** What is made anew for each decision says what it says in members of its own; what is shared is the same object. */
function isSame(a: object, b: object): boolean {
  if (a === b) return true
  const [x, y] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  let members = 0
  for (const name in x) {
    if (x[name] !== y[name]) return false
    members += 1
  }
  for (const _ in y) members -= 1
  return members === 0
}
