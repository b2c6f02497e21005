import { check } from '../pdp/check.ts'
import { explainNow } from '../pdp/explain.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Trace, Verdict } from '../policy/decision.ts'
import { contextOf } from '../protocols/decision.ts'
import { requestFrom } from '../protocols/request.ts'
import { type AskOptions, askedFrom, type TargetOptions } from './asked.ts'
import { factsFrom } from './facts.ts'
import { shippedRules } from './shipped.ts'
import { readSource } from './sources.ts'
import { worldOf } from './world.ts'

const NOTHING = { tuples: [], attributes: [], keys: [] }

/** The state of an org made of the files that are asked. */
export function stateFrom(options: TargetOptions): OrgState {
  return worldOf(
    {
      org: options.org ?? 'local',
      zone: options.zone ?? 'UTC',
      model: options.model === undefined ? null : readSource(options.model),
      policies: (options.policy ?? []).map(readSource),
      given: options.facts === undefined ? NOTHING : factsFrom(readSource(options.facts)),
    },
    shippedRules(),
  )
}

function stateAndRequest(options: AskOptions) {
  const state = stateFrom(options)
  return { state, request: requestFrom(state.org.slug, askedFrom(options), Date.now()) }
}

/** Decides by files alone. */
export function checkFiles(options: AskOptions): { readonly verdict: Verdict; readonly json: unknown } {
  const { state, request } = stateAndRequest(options)
  const { verdict } = check(state, request)
  return { verdict, json: plain(verdict) }
}

/** Decides by files alone, and shows how. */
export function explainFiles(options: AskOptions): { readonly trace: Trace; readonly json: unknown } {
  const { state, request } = stateAndRequest(options)
  const trace = explainNow(state, request)
  const { at, ...rest } = request
  const json = { ...plain(trace.verdict), request: { ...rest, at: new Date(at).toISOString() }, trace: trace.links }
  return { trace, json }
}

/** The service's own answer, without what only a service has. */
function plain(verdict: Verdict) {
  const { id, policy_version, revision, ...context } = contextOf({ ...verdict, id: '', policyVersion: 0, revision: 0 })
  return { decision: verdict.effect === 'allow', context }
}
