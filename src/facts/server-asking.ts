import type { Truth } from '../policy/question.ts'
import type { Model } from '../relations/model.ts'
import { type AskingHow, type Place, type RelationServer, ServerError } from './server.ts'

/** One question being put to a server. */
export interface ServerAsk {
  readonly server: RelationServer
  readonly place: Place
  readonly model: Model
  readonly how: AskingHow
  /** Calls left to this question: what bounds the work of a chain. */
  readonly meter: { left: number }
}

/** `away`: it is unknown because the server gave no answer. */
export interface ServerFound {
  readonly truth: Truth
  readonly why?: string
  readonly away?: true
}

/** Calls of one question. */
export const MOST_CALLS = 2_000

/** What is wrong with a server, as a decision names it. */
export const serverFault = (name: string, error: unknown): ServerFound => {
  const why = error instanceof ServerError ? error.message : 'it gave an answer that cannot be read'
  const away = !(error instanceof ServerError) || error.code !== 'refused'
  return { truth: 'unknown', why: `the relations server \`${name}\`: ${why}`, ...(away && { away }) }
}
