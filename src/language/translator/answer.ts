import type { Json, JsonObject } from '../../policy/json.ts'

/** What a model says of one sentence of the author. `from` counts from 1. */
export interface SentenceAnswer {
  readonly from: number
  readonly rules: readonly string[]
  readonly definitions: readonly string[]
  /** Why the sentence, or a part of it, cannot be said in the grammar, or what is to be asked; else null. */
  readonly cannot: string | null
}

/** A request in a world of its own, which holds what `given` says and nothing else. */
export interface Example {
  readonly from: number
  readonly subject: string
  readonly actors: readonly string[]
  readonly action: string
  readonly resource: string
  /** RFC 3339, or null where the time does not matter. */
  readonly time: string | null
  readonly context: readonly { readonly name: string; readonly value: Json }[]
  readonly given: {
    readonly tuples: readonly string[]
    readonly attributes: readonly { readonly entity: string; readonly name: string; readonly value: Json }[]
  }
  readonly expected: 'allow' | 'deny' | 'escalate'
}

export interface Answer {
  /** One for each sentence of the author, in order. */
  readonly sentences: readonly SentenceAnswer[]
  readonly examples: readonly Example[]
}

/** Most of each that an answer may hold. */
export const BOUNDS = {
  bytes: 256 * 1024,
  rules: 8,
  definitions: 12,
  allRules: 150,
  allDefinitions: 50,
  sentence: 1_000,
  cannot: 600,
  examples: 24,
  facts: 24,
  text: 300,
} as const

const text = { type: 'string' }
const list = (items: Json): JsonObject => ({ type: 'array', items })
const object = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})
const value: JsonObject = { anyOf: [text, { type: 'number' }, { type: 'boolean' }, list(text)] }
const nullable: JsonObject = { anyOf: [text, { type: 'null' }] }

/** The form of an answer as JSON Schema, in the subset every endpoint takes. */
export const ANSWER_SCHEMA: JsonObject = object({
  sentences: list(object({ from: { type: 'integer' }, rules: list(text), definitions: list(text), cannot: nullable })),
  examples: list(
    object({
      from: { type: 'integer' },
      subject: text,
      actors: list(text),
      action: text,
      resource: text,
      time: nullable,
      context: list(object({ name: text, value })),
      given: object({
        tuples: list(text),
        attributes: list(object({ entity: text, name: text, value })),
      }),
      expected: { type: 'string', enum: ['allow', 'deny', 'escalate'] },
    }),
  ),
})
