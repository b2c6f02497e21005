import { isDeepStrictEqual } from 'node:util'
import { decide } from '../../src/engine/decide.ts'
import { taskFactsOf } from '../../src/facts/budgets.ts'
import type { LoggedChange, StoredTuple } from '../../src/facts/store.ts'
import { factsOf } from '../../src/facts/world.ts'
import type { ResidualCache } from '../../src/pdp/cache.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Facts, RelationQuestion } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { evaluateCondition } from '../../src/relations/conditions.ts'
import { judge } from '../oracle.ts'
import { naive, type World } from '../relations/oracle.ts'
import { shipped } from '../support/nodes.ts'

/** An answer somebody was given, and the oldest revision it may be from. */
export interface Answer {
  /** Which request of the run it answers. */
  readonly n: number
  readonly node: number
  readonly revision: number
  readonly policyVersion: number
  readonly least: number
  readonly verdict: Verdict
}

/** How plainly an answer is decided anew: by the engine, by the naive evaluator, by that over naive relations as well. */
export type Depth = 'engine' | 'naive' | 'relations'

/**
 * The org as it was at one revision after the other, made of the changelog alone, and nothing ever kept of an answer.
 * INVARIANT: revisions are judged in their order.
 */
export interface Oracle {
  readonly revision: number
  /** Brings it to a revision: `log` holds the changes up to there, from the one after its own. */
  advance(log: readonly LoggedChange[]): void
  /** Null where the answer is right; else what is wrong with it. */
  fault(answer: Answer, request: Request, depth: Depth): string | null
}

/** Keeps nothing. */
const NOTHING_KEPT = {
  get: () => undefined,
  set: () => undefined,
  touch: () => undefined,
  revise: () => undefined,
  clear: () => undefined,
  size: 0,
} as unknown as ResidualCache

const NOTHING_USED = { used: 0, reserved: 0 }

export function createOracle(org: string): Oracle {
  const head = { org: { slug: org, name: org, zone: 'UTC' }, revision: 0, model: null, policy: null, keys: [] }
  const state: OrgState = { ...stateOf({ ...head, attributes: [], tuples: [] }, shipped), cache: NOTHING_KEPT }
  const tuples = new Map<string, StoredTuple>()
  let world: World | null = null

  const note = ({ change }: LoggedChange): void => {
    if (change.kind === 'model' || change.kind === 'tuples') world = null
    if (change.kind !== 'tuples') return
    for (const one of change.deletes) tuples.delete(`${one.object}#${one.relation}@${one.user}`)
    for (const one of change.writes) tuples.set(`${one.object}#${one.relation}@${one.user}`, one)
  }

  const factsFor = (at: number): Facts => ({
    ...factsOf(state, () => undefined),
    stands: () => NOTHING_USED,
    task: id => taskFactsOf(state.registry, id, at),
  })

  /** Relations as they are defined, over a plain list of tuples, each condition evaluated in the call's context. */
  const plainFacts = (request: Request): Facts => {
    const facts = factsFor(request.at)
    const model = state.model?.model
    if (model === undefined) return facts
    world ??= { model, tuples: [...tuples.values()] }
    const inCall: World = {
      ...world,
      holds: ({ name, context }) => {
        const outcome = evaluateCondition(model, name, context ?? {}, request.context)
        return outcome.kind === 'met' ? 'yes' : outcome.kind === 'unmet' ? 'no' : 'unknown'
      },
    }
    return {
      ...facts,
      answer(question) {
        if (question.kind !== 'relation' || !isOfTheGraph(question)) return facts.answer(question)
        return { kind: 'truth', truth: naive(inCall, question.object, question.relation, question.user) }
      },
    }
  }

  const uncached = (request: Request): Verdict => {
    const verdict = decide(state.set, request, factsFor(request.at))
    if ('kind' in verdict) throw new Error('a fact held in memory was not answered')
    return verdict
  }

  return {
    get revision() {
      return state.revision
    },
    advance(log) {
      for (const logged of log) {
        applyChange(state, logged, shipped)
        note(logged)
      }
    },
    fault({ revision, least, policyVersion, verdict }, request, depth) {
      if (revision < least) return `it is from revision ${revision}, and may be from ${least} or later`
      if (policyVersion !== state.policy.version) return `it names version ${policyVersion} of the policy`
      const right = uncached(request)
      if (!sameVerdict(verdict, right)) return `it is ${JSON.stringify(verdict)}\n not ${JSON.stringify(right)}`
      if (depth === 'engine') return null
      const rules = { org, zone: state.org.zone, rules: state.rules }
      const { effect } = judge(rules, request, depth === 'naive' ? factsFor(request.at) : plainFacts(request))
      return effect === verdict.effect ? null : `it is ${verdict.effect}, and ${effect} by the ${depth} evaluator`
    },
  }
}

/** Who is what to a request, a tool or as a key is not told by tuples. */
function isOfTheGraph({ object, user }: RelationQuestion): boolean {
  if ('kind' in object) return true
  return (
    object.type !== 'approval' && object.type !== 'mcp_tool' && !(user.kind === 'entity' && user.entity.type === 'key')
  )
}

/** Every member, however it came here. */
export function sameVerdict(one: Verdict, other: Verdict): boolean {
  const shown = ({ effect, reasons, obligations, missing, validUntil, charges, over }: Verdict) => ({
    ...{ effect, reasons, obligations, missing, validUntil, charges, over },
  })
  const [a, b] = [JSON.stringify(shown(one)), JSON.stringify(shown(other))]
  return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b))
}
