import type { Store, TranslationRow } from '../facts/store.ts'
import {
  type Meter,
  MOST_SENTENCES,
  type Model,
  ModelError,
  sentencesIn,
  type Translation,
  translate,
} from '../language/translate.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256, timedId } from '../lib/ids.ts'
import type { JsonObject } from '../policy/json.ts'
import { createAtOnce } from './at-once.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Shipped } from './shipped.ts'
import { judgeFor, withProposal } from './translate-judge.ts'

export type { Translation } from '../language/translate.ts'

/** A language model to translate with. */
export interface Llm {
  readonly name: string
  readonly ask: Model
  /** For a whole translation, all its rounds. */
  readonly timeoutMs: number
}

export interface TranslatorPorts {
  readonly store: Pick<Store, 'recordTranslation' | 'saveDraft'>
  readonly clock: Clock
  readonly shipped: Shipped
  /** Null: no translation, everything else works. */
  readonly llm: Llm | null
}

export interface TranslationOrder {
  readonly text: string
  readonly author: string
  /** Keep what came out as a draft behind the published policy, if nothing is left open. */
  readonly save: boolean
}

export interface Translated extends Translation {
  readonly id: string
  readonly model: string
  readonly draft: string | null
}

export interface Translator {
  readonly on: boolean
  /**
   * Free English to sentences of the grammar, as a proposal: nothing is published. `write` is what goes into the record.
   * Fails with `llm_off`, `llm_unavailable`, `llm_timeout`, `llm_bad_answer`, `rate_limit_exceeded`, `invalid_request`.
   */
  translate(state: OrgState, order: TranslationOrder, write: (done: Translated) => JsonObject): Promise<Translated>
}

export const MOST_TEXT = 16_000

/** Translations at a time: of one org, and of all. */
const AT_ONCE = { org: 2, all: 16 }

export function createTranslator({ store, clock, shipped, llm }: TranslatorPorts): Translator {
  const atOnce = createAtOnce(AT_ONCE, 'translations')
  return {
    on: llm !== null,
    async translate(state, order, write) {
      if (llm === null) {
        throw new PdpError('llm_off', 'no language model is configured: set LLM_BASE_URL and LLM_MODEL')
      }
      const sentences = sentencesOf(order.text)
      return atOnce(state.org.slug, () => run({ store, clock, shipped, llm }, state, order, sentences, write))
    },
  }
}

function sentencesOf(text: string): readonly string[] {
  const sentences = sentencesIn(text)
  if (text.length > MOST_TEXT || sentences.length > MOST_SENTENCES) {
    const most = `${MOST_SENTENCES} sentences and ${MOST_TEXT} characters`
    throw new PdpError('invalid_request', `\`text\`: a translation takes at most ${most}, so send it in parts`)
  }
  if (sentences.length === 0) throw new PdpError('invalid_request', '`text`: there is no sentence to translate')
  return sentences
}

async function run(
  { store, clock, shipped, llm }: TranslatorPorts & { readonly llm: Llm },
  live: OrgState,
  { text, author, save }: TranslationOrder,
  sentences: readonly string[],
  write: (done: Translated) => JsonObject,
): Promise<Translated> {
  // What is published meanwhile must not mix in: the draft says which version it was made for.
  const state: OrgState = { ...live }
  const at = clock()
  const org = state.org.slug
  const meter: Meter = { rounds: 0, tokens: { prompt: 0, completion: 0 } }
  const record = (outcome: Pick<TranslationRow, 'id' | 'outcome' | 'failure' | 'draft' | 'answer'>): Promise<void> =>
    store.recordTranslation(org, {
      ...outcome,
      at,
      author,
      text,
      textHash: sha256(text),
      model: llm.name,
      rounds: meter.rounds,
      promptTokens: meter.tokens.prompt,
      completionTokens: meter.tokens.completion,
    })
  const id = timedId('tr', at)
  const task = { sentences, vocabulary: state.vocabulary, verbs: verbsOf(state, shipped) }
  const judge = judgeFor(state, shipped, clock)
  let translation: Translation
  try {
    const signal = AbortSignal.timeout(llm.timeoutMs)
    translation = await before(signal, translate(task, llm.ask, judge, signal, meter))
  } catch (error) {
    const failure = error instanceof ModelError ? error.code : 'server_error'
    await record({ id, outcome: 'failed', failure, draft: null, answer: null })
    throw error instanceof ModelError ? new PdpError(error.code, error.message, { translation: id }) : error
  }
  const draft = save && translation.status === 'ready' ? timedId('draft', at) : null
  const done: Translated = { ...translation, id, model: llm.name, draft }
  await record({ id, outcome: translation.status, failure: null, draft, answer: write(done) })
  if (draft !== null) {
    await store.saveDraft(org, {
      id: draft,
      text: withProposal(state.policy.text, translation.text),
      author,
      updatedAt: at,
      baseVersion: state.policy.version,
    })
  }
  return done
}

/** A model that does not heed the signal is not waited for. */
export function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new ModelError('llm_timeout', 'the language model took too long'))
    signal.addEventListener('abort', late, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late))
  })
}

/** Verbs of the org's own rules. */
export const verbsOf = (state: OrgState, shipped: Pick<Shipped, 'rules'>): readonly string[] => [
  ...new Set(state.rules.slice(shipped.rules.length).flatMap(({ rule }) => rule.actions ?? [])),
]
