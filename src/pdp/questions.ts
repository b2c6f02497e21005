import { type CompiledQuestion, compileQuestion, type QuestionOptions } from '../language/question.ts'
import { type Ask, type Found, requestsOf } from '../policy/ask.ts'
import type { Effect, Trace, Verdict } from '../policy/decision.ts'
import type { Entity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { PdpError } from './errors.ts'
import { explainNow } from './explain.ts'
import type { OrgState } from './org.ts'
import { searchAsked } from './question-search.ts'
import type { Page } from './search.ts'

/** A question that was understood. */
export interface Understood extends CompiledQuestion {
  readonly question: Ask
}

/** Reads a question by the org's words and clocks. Fails with `question_refused`, the diagnostics in its detail. */
export const understand = (state: OrgState, text: string, asker: Entity | null, now: number): Understood =>
  understandIn(state.vocabulary, text, { asker, now, zone: state.org.zone })

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

/** Answers a question over what is stored now. `decide` is how a single request is decided, and logged if it is. */
export function answerQuestion<D extends Verdict>(
  state: OrgState,
  ask: Ask,
  decide: (request: Request) => D,
  now: number,
  page: Page,
): QuestionAnswer<D> {
  if (ask.kind === 'search') return { kind: 'search', ...searchAsked(state, ask, now, page) }
  const requests = requestsOf(ask, { org: state.org.slug, now })
  const decided = requests.map(request => {
    const trace = ask.explain ? explainNow(state, request) : null
    return { request, decision: decide(request), trace }
  })
  return {
    kind: 'requests',
    effect: joinedEffect(
      decided.map(d => d.decision.effect),
      ask.join,
    ),
    decided,
  }
}

/** Of requests of which all, or any, must be allowed: what stands between the whole and its being allowed. */
export function joinedEffect(effects: readonly Effect[], join: 'all' | 'any'): Effect {
  const order: readonly Effect[] = join === 'all' ? ['deny', 'escalate', 'allow'] : ['allow', 'escalate', 'deny']
  return order.find(effect => effects.includes(effect)) ?? 'deny'
}
