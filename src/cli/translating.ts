import { ConfigError, readConfig } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { PdpError } from '../pdp/errors.ts'
import { createTranslator } from '../pdp/translate.ts'
import { one } from '../protocols/manage/shapes.ts'
import { type AnsweredTranslation, answerShape, translationBody } from '../protocols/manage/translate-shape.ts'
import { llmOf } from '../server.ts'
import { call, policiesPath } from './client.ts'
import { Fault } from './fault.ts'
import { shippedRules } from './shipped.ts'
import { readSource } from './sources.ts'
import { worldOf } from './world.ts'

/** What the command line says of a translation. */
export interface TranslateOptions {
  readonly model?: string
  readonly policy?: readonly string[]
  readonly zone?: string
  readonly url?: string
  readonly key?: string
  readonly org?: string
  readonly save?: true
  readonly json?: true
}

/** A server may take its longest setting for it. */
const PATIENCE_MS = 620_000

export async function translateAtServer(text: string, options: TranslateOptions): Promise<AnsweredTranslation> {
  if (options.org === undefined) throw new Fault('a server has several orgs: name one with --org')
  const path = `${policiesPath(options.org)}/translate`
  const body = { text, save: options.save === true }
  const { answer } = await call(options, { method: 'POST', path, body, patienceMs: PATIENCE_MS }, one(answerShape))
  return answer.data as AnsweredTranslation
}

/** Translates by files and the language model of the environment; nothing is kept. */
export async function translateHere(text: string, options: TranslateOptions): Promise<AnsweredTranslation> {
  const shipped = shippedRules()
  const state = worldOf(
    {
      org: 'local',
      zone: options.zone ?? 'UTC',
      model: options.model === undefined ? null : readSource(options.model),
      policies: (options.policy ?? []).map(readSource),
      given: { tuples: [], attributes: [], keys: [] },
    },
    shipped,
  )
  const nothing = { recordTranslation: async () => undefined, saveDraft: async () => undefined }
  const llm = await llmOf(settings())
  const translator = createTranslator({ store: nothing, clock: systemClock, shipped, llm })
  try {
    return translationBody(await translator.translate(state, { text, author: 'local', save: false }, translationBody))
  } catch (error) {
    throw error instanceof PdpError ? new Fault(error.message) : error
  }
}

function settings() {
  try {
    return readConfig(process.env)
  } catch (error) {
    throw error instanceof ConfigError ? new Fault(error.message) : error
  }
}
