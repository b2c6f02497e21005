import { explain as explainWith } from '../engine/explain.ts'
import type { Store } from '../facts/store.ts'
import { factsOf } from '../facts/world.ts'
import type { Decision, Trace } from '../policy/decision.ts'
import type { Facts } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { parseModel } from '../relations/model.ts'
import { worldFor } from './check.ts'
import { PdpError } from './errors.ts'
import { startReading } from './meters.ts'
import { compileFor, type OrgState, rulesOf, setOf } from './org.ts'
import { recordedFacts, recordOf } from './record.ts'
import { memoFor, type Shipped } from './shipped.ts'

export { renderTrace } from '../engine/render.ts'

/** The trace of a request against what is stored now. */
export const explainNow = (state: OrgState, request: Request): Trace =>
  explainWith(state.set, request, {
    ...factsOf(worldFor(state, request), () => undefined),
    ...knownNow(state, request),
  })

function knownNow(state: OrgState, request: Request): Pick<Facts, 'stands' | 'task'> {
  const { stands, task } = startReading(state, request.at)
  return { stands, task }
}

export interface Explained {
  readonly request: Request
  readonly decision: Decision
  readonly trace: Trace
}

/**
 * Runs a logged decision again, under the rules of its time and on the facts it read. Fails with
 * `decision_not_found`. What the decision had no need to read shows as unknown in the trace.
 */
export async function explainLogged(store: Store, shipped: Shipped, state: OrgState, id: string): Promise<Explained> {
  const row = await store.decision(state.org.slug, id)
  if (row === null) throw new PdpError('decision_not_found', `there is no decision \`${id}\``)
  const { request, decision, model, zone, facts } = recordOf(row)
  const org = { ...state.org, zone }
  const version = decision.policyVersion
  const [text, dsl] = await Promise.all([
    version === 0 ? null : store.version(org.slug, version),
    model === null ? null : store.model(org.slug, model),
  ])
  const parsed = dsl === null ? null : parseModel(dsl.dsl)
  const compiled = compileFor(org, parsed?.ok ? parsed.model : null, text?.text ?? '')
  const set = setOf(org, rulesOf(shipped, compiled), version, memoFor(shipped, org.zone))
  return { request, decision, trace: explainWith(set, request, recordedFacts(facts, parsed?.ok ? parsed.model : null)) }
}
