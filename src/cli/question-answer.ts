import type { z } from 'zod'
import { compileQuestion } from '../language/question.ts'
import { check } from '../pdp/check.ts'
import { answerHere } from '../pdp/questions.ts'
import type { Entity } from '../policy/entity.ts'
import { bodyOf, questionAnswer } from '../protocols/questions/routes.ts'
import { instantFrom } from '../protocols/request.ts'
import { entityFrom, type TargetOptions } from './asked.ts'
import { call, orgPath } from './client.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { EXIT, Fault } from './fault.ts'
import { stateFrom } from './local.ts'
import { joined } from './sources.ts'

export interface QuestionOptions extends TargetOptions {
  readonly as?: string
  readonly time?: string
}

export type QuestionReply = z.infer<typeof questionAnswer>

/** Results shown of one search. */
const MOST = 100

/** Answers a question by files alone. Fails with a `Fault` that shows what is not understood. */
export function askFiles(text: string, options: QuestionOptions): QuestionReply {
  const state = stateFrom(options)
  const now = options.time === undefined ? Date.now() : instantFrom(options.time, '--time')
  const { zone } = state.org
  const compiled = compileQuestion(text, state.vocabulary, { asker: askerFrom(options), now, zone })
  if (compiled.question === null) {
    const source = joined([{ name: 'question', text }])
    throw new Fault(`the question is not understood\n${renderDiagnostics(compiled.diagnostics, source)}`, EXIT.no)
  }
  const answer = answerHere(
    state,
    compiled.question,
    request => ({ ...check(state, request).verdict, id: '', policyVersion: 0, revision: 0 }),
    now,
    { limit: MOST, token: null },
  )
  return { understood: compiled.canonical, assumptions: [...compiled.assumptions], ...bodyOf(answer) } as QuestionReply
}

const askerFrom = ({ as }: QuestionOptions): Entity | null => (as === undefined ? null : entityFrom(as, '--as'))

/** Asks a server. */
export async function askServer(question: string, options: QuestionOptions): Promise<QuestionReply> {
  const path = `${options.org === undefined ? '' : orgPath(options.org)}/api/v1/questions`
  const { as, time } = options
  const body = { question, ...(as !== undefined && { as }), ...(time !== undefined && { time }) }
  const { answer } = await call(options, { method: 'POST', path, body }, questionAnswer)
  return answer
}
