import type { JsonObject } from '../policy/json.ts'

/** A translation of free English that was asked for, whatever became of it. Written once. */
export interface TranslationRow {
  readonly id: string
  readonly at: number
  readonly author: string
  /** What was to be translated, and its SHA-256, hex. */
  readonly text: string
  readonly textHash: string
  readonly model: string
  readonly outcome: 'ready' | 'needs_clarification' | 'refused' | 'failed'
  /** Why it failed; null otherwise. */
  readonly failure: string | null
  readonly rounds: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** The draft it was kept as. */
  readonly draft: string | null
  /** What was answered; null where it failed. */
  readonly answer: JsonObject | null
}
