import { type CompiledQuestion, compileQuestion, type QuestionOptions } from '../language/question.ts'
import { allOf, andThen, type Later } from '../lib/later.ts'
import { type Ask, type Found, requestsOf } from '../policy/ask.ts'
import type { Effect, Trace, Verdict } from '../policy/decision.ts'
import type { Entity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { PdpError } from './errors.ts'
import { explainNow } from './explain.ts'
import type { OrgState } from './org.ts'
import { type FoundPage, searchAsked } from './question-search.ts'
import { withUsers } from './question-users.ts'
import type { Page } from './search.ts'

/** A question that was understood. */
export interface Understood extends CompiledQuestion {
  readonly question: Ask
}

/**
 * Reads a question by the org's words, clocks and users. `behalf`: those the asker acts for, nearest first. Fails with
 * `question_refused`, the diagnostics in its detail.
 */
export function understand(
  state: OrgState,
  text: string,
  asker: Entity | null,
  now: number,
  behalf: readonly Entity[] = [],
): Understood {
  const read = understandIn(state.vocabulary, text, { asker, behalf, now, zone: state.org.zone })
  return { ...read, ...withUsers(state, read) }
}

/** As `understand`, by any words and clocks; `name` is what the message calls it. */
export function understandIn(
  vocabulary: Vocabulary,
  text: string,
  options: QuestionOptions,
  name = 'the question',
): Understood {
  const compiled = compileQuestion(text, vocabulary, options)
  const { question, diagnostics } = compiled
  if (question !== null) return { ...compiled, question }
  const first = diagnostics.find(d => d.severity === 'error')
  const hint = first?.suggestion ?? first?.expected[0] ?? null
  const told = `${first?.message ?? 'it means nothing here'}${hint === null ? '' : `; expected ${hint}`}`
  throw new PdpError('question_refused', `${name}: not understood: ${told}`, {
    diagnostics: JSON.parse(JSON.stringify(diagnostics)),
  })
}

export interface Decided<D extends Verdict> {
  readonly request: Request
  readonly decision: D
  /** What explains the decision; null where nobody asked why. */
  readonly trace: Trace | null
}

export type QuestionAnswer<D extends Verdict> =
  | { readonly kind: 'requests'; readonly effect: Effect; readonly decided: readonly Decided<D>[] }
  | { readonly kind: 'search'; readonly found: readonly Found[]; readonly nextToken: string }

/** How what a question asks is come by: decided, and logged if it is; explained; searched for. */
export interface Asking<D extends Verdict> {
  decide(request: Request): Later<D>
  explain(request: Request): Later<Trace>
  search(ask: Extract<Ask, { readonly kind: 'search' }>, now: number, page: Page): Later<FoundPage>
}

/** As `answerQuestion`, of an org in memory. */
export function answerHere<D extends Verdict>(
  state: OrgState,
  ask: Ask,
  decide: (request: Request) => D,
  now: number,
  page: Page,
): QuestionAnswer<D> {
  const found = answerQuestion(state, ask, askingIn(state, decide), now, page)
  if (found instanceof Promise) throw new Error('what is in memory was waited for')
  return found
}

const askingIn = <D extends Verdict>(state: OrgState, decide: (request: Request) => D): Asking<D> => ({
  decide,
  explain: request => explainNow(state, request),
  search: (ask, now, page) => searchAsked(state, ask, now, page),
})

/** Answers a question over what is stored now. */
export function answerQuestion<D extends Verdict>(
  { org }: OrgState,
  ask: Ask,
  asking: Asking<D>,
  now: number,
  page: Page,
): Later<QuestionAnswer<D>> {
  if (ask.kind === 'search') {
    return andThen(asking.search(ask, now, page), found => ({ kind: 'search' as const, ...found }))
  }
  const decided = requestsOf(ask, { org: org.slug, now }).map((request): Later<Decided<D>> => {
    const explained: Later<Trace | null> = ask.explain ? asking.explain(request) : null
    return andThen(explained, trace => andThen(asking.decide(request), decision => ({ request, decision, trace })))
  })
  return andThen(allOf(decided), all => {
    const effects = all.map(d => d.decision.effect)
    return { kind: 'requests' as const, effect: joinedEffect(effects, ask.join), decided: all }
  })
}

/** Of requests of which all, or any, must be allowed: what stands between the whole and its being allowed. */
export function joinedEffect(effects: readonly Effect[], join: 'all' | 'any'): Effect {
  const order: readonly Effect[] = join === 'all' ? ['deny', 'escalate', 'allow'] : ['allow', 'escalate', 'deny']
  return order.find(effect => effects.includes(effect)) ?? 'deny'
}
