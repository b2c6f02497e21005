import type { JsonObject } from '../../policy/json.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly text: string
}

export interface Tokens {
  readonly prompt: number
  readonly completion: number
}

export interface Reply {
  readonly text: string
  /** Null where the endpoint does not say. */
  readonly tokens: Tokens | null
}

/** A language model: text in, text out. It is given no tools. Fails with `ModelError`. */
export type Model = (
  conversation: readonly Message[],
  how: { readonly signal: AbortSignal; readonly schema: JsonObject },
) => Promise<Reply>

/**
 * `llm_off`: none is configured. `llm_unavailable`: it cannot be reached or does not serve. `llm_timeout`: it took too
 * long. `llm_bad_answer`: what it says cannot be used.
 */
export type ModelErrorCode = 'llm_off' | 'llm_unavailable' | 'llm_timeout' | 'llm_bad_answer'

/** The message is for the author: it holds nothing the endpoint said, which may repeat a key. */
export class ModelError extends Error {
  readonly code: ModelErrorCode
  constructor(code: ModelErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ModelError'
    this.code = code
  }
}
