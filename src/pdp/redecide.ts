import type { PolicySet } from '../engine/compile.ts'
import { type Residual, specialize } from '../engine/specialize.ts'
import type { Verdict } from '../policy/decision.ts'
import type { Fact, Facts } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import type { Model } from '../relations/model.ts'
import { createResidualCache } from './cache.ts'
import { checkWith, specializeNow, worldFor } from './check.ts'
import { type Reading, recordedTask, startReading } from './meters.ts'
import type { OrgState } from './org.ts'
import { recordedFacts } from './record.ts'
import { type Keyed, linkOf } from './residuals/keys.ts'

/** Decides requests by rules that need not be the org's, beside its cache of residuals. */
export interface Redecider {
  decide(request: Request): Verdict
}

/** On what is stored now. What it worked out is kept until the org's next revision; nothing is, of a server's answers. */
export function redecideLive(set: PolicySet, state: OrgState): Redecider {
  if (state.away !== null) {
    return {
      decide(request) {
        const world = worldFor(state, request)
        return checkWith(
          request,
          asked => specializeNow(set, linkOf(asked), world, () => undefined),
          () => startReading(state, request.at),
        ).verdict
      },
    }
  }
  const kept = createResidualCache()
  let revision = state.revision
  return {
    decide: request =>
      checkWith(
        request,
        asked => {
          if (state.revision !== revision) {
            kept.clear()
            revision = state.revision
          }
          const known = kept.get(asked)
          if (known !== undefined) return known
          const made = specializeNow(set, linkOf(asked), state, () => undefined)
          kept.set(made, [])
          return made
        },
        () => startReading(state, request.at),
      ).verdict,
  }
}

/** On the facts a decision recorded, read under `model`; null where that takes a fact it did not record. */
export function redecideRecorded(
  set: PolicySet,
  request: Request,
  facts: readonly Fact[],
  model: Model | null,
): Verdict | null {
  const recorded = recordedFacts(facts, model)
  let lacks = false
  const noting: Facts = {
    condition: recorded.condition,
    answer(question) {
      const answer = recorded.answer(question)
      if (answer?.kind === 'unavailable') lacks = true
      if (model === null && answer?.kind === 'truth' && answer.when !== undefined) lacks = true
      return answer
    },
  }
  const reading: Reading = {
    facts: [],
    task: recordedTask(facts),
    stands(charge) {
      const standing = recorded.stands?.(charge)
      if (standing === undefined) lacks = true
      return standing
    },
  }
  const residualFor = (asked: Keyed): Residual => {
    const residual = specialize(set, linkOf(asked), noting)
    if (residual.kind === 'needs') throw new Error('recorded facts left a question open')
    return residual
  }
  const { verdict } = checkWith(request, residualFor, () => reading)
  return lacks ? null : verdict
}
