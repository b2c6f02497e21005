import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import type { Verdict } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'
import { type Answered, answeredHere } from './answered.ts'
import { compareRules, type Flip } from './impact-rules.ts'
import { compileIn, type OrgState, rulesOf, setOf } from './org.ts'
import { checkPolicy, refuseFaults } from './policies.ts'
import { recordOf } from './record.ts'
import { redecideLive, redecideRecorded } from './redecide.ts'
import type { Shipped } from './shipped.ts'

export interface ImpactOptions {
  /** How many of the newest decisions to look at. */
  readonly last: number
  /** None before this instant, in milliseconds since the epoch. */
  readonly since: number | null
  /** `live`: on what is stored now. `recorded`: on what each decision read; those that need more are `unsure`. */
  readonly facts: 'live' | 'recorded'
  /** When to stop looking, in milliseconds. */
  readonly patience: number
}

export interface Impact {
  /** The version the draft was compared with. */
  readonly version: number
  readonly looked: number
  /** Decisions that could not be made again from what they recorded. */
  readonly unsure: number
  /** False where time ran out before all that were asked for were looked at. */
  readonly complete: boolean
  /** Instants of the oldest and newest decision looked at. */
  readonly oldest: number | null
  readonly newest: number | null
  readonly flips: readonly Flip[]
}

const PAGE = 1_000
/** Decisions made again in one turn of the event loop. */
const TURN = 50

/**
 * What publishing a text would change: logged requests, asked again of the published policy and of the draft, at the
 * instant and with the context of then. Fails with `invalid_policy`.
 */
export async function impactOf(
  store: Pick<Store, 'decisions'>,
  shipped: Shipped,
  clock: Clock,
  state: OrgState,
  text: string,
  options: ImpactOptions,
  answered: Answered = answeredHere,
): Promise<Impact> {
  refuseFaults(checkPolicy(state, text), 'the draft has errors, so nothing could be compared')
  const { org, set: current, policy, rules: currentRules, memo } = state
  const draftRules = rulesOf(shipped, compileIn(state, text))
  const draft = setOf(org, draftRules, policy.version + 1, memo.rules)
  const before = redecideLive(current, state)
  const after = redecideLive(draft, state)
  const live = (request: Request) =>
    state.away === null
      ? ([before.decide(request), after.decide(request)] as const)
      : answered(
          state,
          world => [current, draft].map(set => redecideLive(set, world).decide(request)) as [Verdict, Verdict],
          { whole: true },
        )
  const whose = compareRules(currentRules, draftRules)
  const deadline = clock() + options.patience
  const flips: Flip[] = []
  let looked = 0
  let unsure = 0
  let oldest: number | null = null
  let newest: number | null = null
  let last: string | null = null
  const done = (complete: boolean): Impact => ({
    version: policy.version,
    looked,
    unsure,
    complete,
    oldest,
    newest,
    flips,
  })

  while (looked < options.last) {
    const limit = Math.min(PAGE, options.last - looked)
    const rows = await store.decisions(org.slug, { limit, before: last, effect: null, subject: null })
    for (const row of rows) {
      if (options.since !== null && row.at < options.since) return done(true)
      if (looked % TURN === TURN - 1) await nextTurn()
      if (clock() > deadline) return done(false)
      const { request, decision, facts, model: modelId } = recordOf(row)
      const model = modelId !== null && modelId === state.model?.id ? state.model.model : null
      looked += 1
      newest ??= row.at
      oldest = row.at
      const asked = options.facts === 'live' ? live(request) : null
      const now = asked instanceof Promise ? await asked : asked
      const pair: readonly [Verdict | null, Verdict | null] =
        now !== null
          ? now
          : [redecideRecorded(current, request, facts, model), redecideRecorded(draft, request, facts, model)]
      const [was, is] = pair
      if (was === null || is === null) unsure += 1
      else if (was.effect !== is.effect) {
        const effects = { before: was.effect, after: is.effect, logged: decision.effect }
        flips.push({ decision: row.id, at: row.at, request, ...effects, rules: whose(was, is) })
      }
    }
    last = rows.at(-1)?.id ?? null
    if (rows.length < limit || last === null) break
  }
  return done(true)
}
