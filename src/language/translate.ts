import { ANSWER_SCHEMA, type Answer, type Example } from './translator/answer.ts'
import { type Message, type Model, ModelError, type Tokens } from './translator/model.ts'
import { objection, opening, type Task } from './translator/prompt.ts'
import { readAnswer } from './translator/read.ts'
import { type Proposal, type Rejected, renderRejected, review } from './translator/review.ts'
import { type Warning, warningsOf } from './translator/warn.ts'

export type { Example } from './translator/answer.ts'
export {
  type Message,
  type Model,
  ModelError,
  type ModelErrorCode,
  type Reply,
  type Tokens,
} from './translator/model.ts'
export type { Task } from './translator/prompt.ts'
export type { Proposal } from './translator/review.ts'
export type { Warning } from './translator/warn.ts'

/** An example and what became of it. `why` is English: the reasons of the decision, or why there was none. */
export interface Tried {
  readonly example: Example
  readonly actual: Example['expected'] | null
  readonly ok: boolean
  readonly why: readonly string[]
}

/** What the whole policy says to a proposal. `faults` keep it from being taken and go back to the model. */
export interface Judgement {
  readonly tried: readonly Tried[]
  readonly faults: readonly string[]
  /** For the proposal that is answered with; the others are spared the work. */
  readonly remarks: () => Remarks
}

/** `changes`: what would be decided otherwise than now, each with an example, in English. */
export interface Remarks {
  readonly warnings: readonly Warning[]
  readonly changes: readonly { readonly kind: 'wider' | 'narrower'; readonly text: string }[]
}

/** Tries a proposal beside the rules there are. */
export type Judge = (proposal: Proposal, examples: readonly Example[]) => Judgement

export interface TranslatedSentence {
  readonly from: number
  readonly text: string
  readonly rules: readonly { readonly id: string; readonly canonical: string }[]
  readonly definitions: readonly string[]
  /** Why the sentence, or a part of it, was not translated: the model's words, to be shown as data. */
  readonly cannot: string | null
  readonly rejected: readonly Rejected[]
}

/**
 * `ready`: every sentence became rules or definitions, every example came out as expected. `refused`: nothing did.
 * `needs_clarification`: anything between; the author decides what to do about what is open.
 */
export interface Translation {
  readonly status: 'ready' | 'needs_clarification' | 'refused'
  readonly sentences: readonly TranslatedSentence[]
  /** The definitions and rules, one a line, as the printer writes them. */
  readonly text: string
  readonly examples: readonly Tried[]
  readonly faults: readonly string[]
  readonly warnings: readonly Warning[]
  readonly changes: Remarks['changes']
  readonly rounds: number
  readonly tokens: Tokens
}

export const MOST_ROUNDS = 3
export const MOST_SENTENCES = 40

/** Cuts a text into the sentences that are numbered: one a line, and at full stops between. */
export function sentencesIn(text: string): readonly string[] {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]|(?<=[.!?])\s+(?=[\p{Lu}"])/u)
    .map(line => line.replace(/^\s*(?:[-*•]\s+|#+\s*|\d+[.)]\s+)?/, '').trim())
    .filter(line => line !== '')
}

interface Attempt {
  readonly answer: Answer
  readonly proposal: Proposal
  readonly judgement: Judgement
}

/** What has been spent so far, also of a translation that fails. */
export interface Meter {
  rounds: number
  tokens: Tokens
}

/**
 * Has a model put sentences into the grammar: each of its answers is read, compiled and tried; what does not hold goes
 * back, three rounds at most. Fails with `ModelError`.
 */
export async function translate(
  task: Task,
  model: Model,
  judge: Judge,
  signal: AbortSignal,
  meter: Meter = { rounds: 0, tokens: { prompt: 0, completion: 0 } },
): Promise<Translation> {
  const start = opening(task)
  let conversation: readonly Message[] = start
  let last: Attempt | null = null
  let wrong = ''
  while (meter.rounds < MOST_ROUNDS) {
    meter.rounds += 1
    const reply = await model(conversation, { signal, schema: ANSWER_SCHEMA })
    const { prompt, completion } = meter.tokens
    meter.tokens = {
      prompt: prompt + (reply.tokens?.prompt ?? 0),
      completion: completion + (reply.tokens?.completion ?? 0),
    }
    const answer = readAnswer(reply.text, task.sentences.length)
    if (!('wrong' in answer)) {
      const proposal = review(answer, task.vocabulary)
      last = { answer, proposal, judgement: judge(proposal, answer.examples) }
    } else wrong = answer.wrong
    const problems = 'wrong' in answer ? [answer.wrong] : problemsOf(last)
    if (problems.length === 0) break
    conversation = [...start, { role: 'assistant', text: reply.text.slice(0, ECHO) }, objection(problems)]
  }
  if (last === null) {
    throw new ModelError('llm_bad_answer', `the model did not answer in the form it was asked for: ${wrong}`)
  }
  return translationOf(task, last, meter)
}

/** How much of its own answer a model is shown again, and of what was wrong with it. */
const ECHO = 32_000
const MOST_PROBLEMS = 20

function problemsOf(attempt: Attempt | null): readonly string[] {
  if (attempt === null) return []
  const { answer, proposal, judgement } = attempt
  const silent = answer.sentences
    .filter(s => s.rules.length + s.definitions.length === 0 && s.cannot === null)
    .map(s => `sentence ${s.from}: neither a rule, nor a definition, nor what \`cannot\` be said`)
  const tried = judgement.tried.flatMap((t, i) => (t.ok ? [] : [wrongExample(t, i)]))
  return [...proposal.rejected.map(renderRejected), ...silent, ...judgement.faults, ...tried]
    .slice(0, MOST_PROBLEMS)
    .map(problem => problem.slice(0, 2_000))
}

const wrongExample = ({ example, actual, why }: Tried, index: number): string =>
  actual === null
    ? `examples[${index}]: ${why.join('; ')}`
    : `examples[${index}] (${example.subject} ${example.action} ${example.resource}): expected ${example.expected}, but the rules say ${actual}${why.length > 0 ? `: ${why.join('; ')}` : ''}. Correct whichever is wrong: the rules, the request, or what is expected.`

function translationOf(task: Task, { answer, proposal, judgement }: Attempt, meter: Meter): Translation {
  const sentences = answer.sentences.map(({ from, cannot }): TranslatedSentence => {
    const rules = proposal.rules.filter(r => r.from === from).map(({ id, canonical }) => ({ id, canonical }))
    const definitions = proposal.definitions.filter(d => d.from === from).map(d => d.canonical)
    const rejected = proposal.rejected.filter(r => r.from === from)
    return { from, text: task.sentences[from - 1] ?? '', rules, definitions, cannot, rejected }
  })
  const lines = [...proposal.definitions, ...proposal.rules].map(s => s.canonical)
  const isWhole = (s: TranslatedSentence): boolean =>
    s.cannot === null && s.rejected.length === 0 && s.rules.length + s.definitions.length > 0
  const open = judgement.faults.length > 0 || judgement.tried.some(t => !t.ok) || !sentences.every(isWhole)
  const remarks = judgement.remarks()
  const warnings = [...warningsOf(task, proposal), ...remarks.warnings]
  if (lines.length > 0 && judgement.tried.length === 0) {
    warnings.push({ kind: 'untested', from: null, message: 'the model gave no example, so none was tried' })
  }
  return {
    status: lines.length === 0 ? 'refused' : open ? 'needs_clarification' : 'ready',
    sentences,
    text: [...new Set(lines)].map(line => `${line}\n`).join(''),
    examples: judgement.tried,
    faults: judgement.faults,
    warnings: warnings.slice(0, MOST_WARNINGS),
    changes: remarks.changes.slice(0, MOST_WARNINGS),
    rounds: meter.rounds,
    tokens: meter.tokens,
  }
}

const MOST_WARNINGS = 100
