import type { Ask, Found } from '../policy/ask.ts'
import type { Effect, Verdict } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'
import type { OrgState } from './org.ts'
import { answerHere } from './questions.ts'

/** A question as it was understood; `finds` is what a search must find, null where anything will do. */
export interface AskedCase {
  readonly kind: 'question'
  readonly ask: Ask
  readonly canonical: string
  readonly now: number
  readonly finds: readonly string[] | null
}

/** What came of it: the verdict of all its requests together, or what is wrong with what was found. */
export interface AskedOutcome {
  readonly effect: Effect
  readonly verdict: Verdict | null
  /** The request that decided. */
  readonly request: Request | null
  readonly problems: readonly string[]
}

/** What is looked for is found in one page of so many. */
const MOST_FOUND = 1_000

export function askCase(
  state: OrgState,
  { ask, now, finds }: AskedCase,
  expect: Effect,
  verdictOf: (request: Request) => Verdict,
): AskedOutcome {
  const answer = answerHere(state, ask, verdictOf, now, { limit: MOST_FOUND, token: null })
  if (answer.kind === 'requests') {
    const { effect, decided } = answer
    const telling = decided.find(d => d.decision.effect === effect)
    const verdict = together(
      effect,
      decided.map(d => d.decision),
    )
    return { effect, verdict, request: telling?.request ?? null, problems: [] }
  }
  const texts = answer.found.map(foundText)
  const effect = texts.length > 0 ? 'allow' : 'deny'
  const wrong = finds === null ? unexpected(effect, expect, texts) : compared(texts, finds)
  const cut = answer.nextToken === '' ? [] : ['there was more to look at than a test may']
  return { effect, verdict: null, request: null, problems: [...wrong, ...cut] }
}

function together(effect: Effect, verdicts: readonly Verdict[]): Verdict {
  const ends = verdicts.flatMap(v => (v.validUntil === null ? [] : [v.validUntil]))
  return {
    effect,
    reasons: verdicts.flatMap(v => v.reasons),
    obligations: verdicts.flatMap(v => v.obligations),
    missing: verdicts.flatMap(v => v.missing),
    validUntil: ends.length === 0 ? null : Math.min(...ends),
  }
}

/** `user:alice`, `edit`, or `edit document:1`. */
export function foundText({ subject, action, resource }: Found): string {
  const entity = subject ?? resource
  const thing = entity === undefined ? '' : entity.id === null ? entity.type : `${entity.type}:${entity.id}`
  return [action ?? '', thing].filter(text => text !== '').join(' ')
}

function unexpected(effect: Effect, expect: Effect, texts: readonly string[]): readonly string[] {
  if (effect === expect) return []
  const found = texts.length === 0 ? 'nothing' : texts.slice(0, 20).join(', ')
  return [`expected ${expect}, found ${found}`]
}

function compared(texts: readonly string[], finds: readonly string[]): readonly string[] {
  return [
    ...finds.filter(text => !texts.includes(text)).map(text => `expected to find \`${text}\``),
    ...texts.filter(text => !finds.includes(text)).map(text => `did not expect to find \`${text}\``),
  ].slice(0, 20)
}
