import { z } from 'zod'
import type { Translated } from '../../pdp/translate.ts'
import type { JsonObject } from '../../policy/json.ts'
import { diagnostic } from './shapes.ts'

const effect = z.enum(['allow', 'deny', 'escalate'])

const example = z.object({
  sentence: z.int(),
  request: z.object({
    subject: z.string(),
    actors: z.array(z.string()),
    action: z.string(),
    resource: z.string(),
    time: z.string().nullable(),
    context: z.record(z.string(), z.json()),
  }),
  given: z.object({
    tuples: z.array(z.string()),
    attributes: z.array(z.object({ entity: z.string(), name: z.string(), value: z.json() })),
  }),
  expected: effect,
  actual: effect.nullable(),
  ok: z.boolean(),
  why: z.array(z.string()),
})

/** A translation as it is answered and as it is kept. */
export const answerShape = z.object({
  id: z.string(),
  status: z.enum(['ready', 'needs_clarification', 'refused']),
  sentences: z.array(
    z.object({
      sentence: z.int(),
      text: z.string(),
      rules: z.array(z.object({ id: z.string(), text: z.string() })),
      definitions: z.array(z.string()),
      cannot: z.string().nullable(),
      rejected: z.array(z.object({ text: z.string(), diagnostics: z.array(diagnostic) })),
    }),
  ),
  text: z.string(),
  examples: z.array(example),
  faults: z.array(z.string()),
  warnings: z.array(z.object({ kind: z.string(), sentence: z.int().nullable(), message: z.string() })),
  changes: z.array(z.object({ kind: z.enum(['wider', 'narrower']), text: z.string() })),
  rounds: z.int(),
  model: z.string(),
  tokens: z.object({ prompt: z.int(), completion: z.int() }),
  draft_id: z.string().nullable(),
})

export type AnsweredTranslation = z.infer<typeof answerShape>

export function translationBody(done: Translated): AnsweredTranslation & JsonObject {
  const body: AnsweredTranslation = {
    id: done.id,
    status: done.status,
    sentences: done.sentences.map(({ from, text, rules, definitions, cannot, rejected }) => ({
      sentence: from,
      text,
      rules: rules.map(r => ({ id: r.id, text: r.canonical })),
      definitions: [...definitions],
      cannot,
      rejected: rejected.map(r => ({
        text: r.text,
        diagnostics: r.diagnostics.map(d => ({ ...d, expected: [...d.expected] })),
      })),
    })),
    text: done.text,
    examples: done.examples.map(({ example: e, actual, ok, why }) => ({
      sentence: e.from,
      request: {
        subject: e.subject,
        actors: [...e.actors],
        action: e.action,
        resource: e.resource,
        time: e.time,
        context: Object.fromEntries(e.context.map(({ name, value }) => [name, value as z.core.util.JSONType])),
      },
      given: {
        tuples: [...e.given.tuples],
        attributes: e.given.attributes.map(a => ({ ...a, value: a.value as z.core.util.JSONType })),
      },
      expected: e.expected,
      actual,
      ok,
      why: [...why],
    })),
    faults: [...done.faults],
    warnings: done.warnings.map(({ kind, from, message }) => ({ kind, sentence: from, message })),
    changes: done.changes.map(({ kind, text }) => ({ kind, text })),
    rounds: done.rounds,
    model: done.model,
    tokens: done.tokens,
    draft_id: done.draft,
  }
  return body as AnsweredTranslation & JsonObject
}
