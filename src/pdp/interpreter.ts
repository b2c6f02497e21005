import { faithfulness, SURE } from '../language/faithful.ts'
import { type InterpretedQuestion, interpret } from '../language/interpret.ts'
import { compileQuestion, type QuestionOptions } from '../language/question.ts'
import { ModelError } from '../language/translate.ts'
import type { Entity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import { createAtOnce } from './at-once.ts'
import { PdpError, type PdpErrorCode } from './errors.ts'
import type { OrgState } from './org.ts'
import { before, type Llm, verbsOf } from './translate.ts'

/** What a model made of a question. */
export type Interpreted =
  | {
      readonly kind: 'read'
      readonly questions: readonly InterpretedQuestion[]
      /** From 0 to 1: how far the questions say what was asked. */
      readonly confidence: number
      readonly model: string
      readonly rounds: number
    }
  /** Why there is none, as a code: no model is configured, it failed, or the text cannot be said. */
  | { readonly kind: 'none'; readonly why: PdpErrorCode | 'not_said' }

export interface Interpreter {
  /** Below this an allow waits for the asker's confirmation. */
  readonly sure: number
  interpret(state: OrgState, text: string, hints: JsonObject, asking: QuestionOptions): Promise<Interpreted>
}

/** Questions of agents to a model at a time. */
const AT_ONCE = { org: 4, all: 16 }

/** Without a model every question is read by the grammar alone. */
export function createInterpreter(
  llm: Llm | null,
  shipped: Parameters<typeof verbsOf>[1],
  sure: number = SURE,
): Interpreter {
  const atOnce = createAtOnce(AT_ONCE, 'questions to the language model')
  return {
    sure,
    async interpret(state, text, hints, asking) {
      if (llm === null) return { kind: 'none', why: 'llm_off' }
      const { vocabulary } = state
      const read = (sentence: string) => compileQuestion(sentence, vocabulary, asking)
      const task = { text, hints, vocabulary, verbs: verbsOf(state, shipped), read }
      const signal = AbortSignal.timeout(llm.timeoutMs)
      try {
        const made = await atOnce(state.org.slug, () => before(signal, interpret(task, llm.ask, signal)))
        if (made.questions.length === 0) return { kind: 'none', why: 'not_said' }
        const confidence = faithfulness(text, made.questions, lineOf(asking))
        return { kind: 'read', ...made, confidence, model: llm.name }
      } catch (error) {
        if (error instanceof ModelError || error instanceof PdpError) return { kind: 'none', why: error.code }
        throw error
      }
    },
  }
}

const lineOf = ({ asker, behalf = [] }: QuestionOptions): readonly Entity[] =>
  asker === null ? behalf : [asker, ...behalf]
