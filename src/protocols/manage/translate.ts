import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service, TranslationRow } from '../../pdp/service.ts'
import type { Translator } from '../../pdp/translate.ts'
import { type Route, route } from '../route.ts'
import { listBody, listOf, one, paging, text } from './shapes.ts'
import { answerShape, translationBody } from './translate-shape.ts'

const order = z.object({ text: text(64_000), save: z.boolean().default(false) })

const row = z.object({
  id: z.string(),
  at: z.string(),
  author: z.string(),
  text: z.string(),
  text_sha256: z.string(),
  model: z.string(),
  outcome: z.enum(['ready', 'needs_clarification', 'refused', 'failed']),
  failure: z.string().nullable(),
  rounds: z.int(),
  tokens: z.object({ prompt: z.int(), completion: z.int() }),
  draft_id: z.string().nullable(),
})

const read = { scope: 'org', act: { action: 'read', type: 'org_policy' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_policy' } } as const

const base = '/orgs/{org}/api/v1/admin/policies'

/** Free English to sentences of the grammar. What comes back is a proposal; publishing is another call, by a person. */
export function translateRoutes(service: Service, translator: Translator): readonly Route[] {
  const { store } = service
  return [
    route({
      operation: 'translatePolicy',
      method: 'POST',
      path: `${base}/translate`,
      tag: 'policies',
      summary: 'Put free English into sentences of the grammar, by a language model; a proposal, never published',
      needs: write,
      body: order,
      textBody: given => ({ text: given }),
      answers: { 200: { description: 'what each sentence became, tried and warned of', schema: one(answerShape) } },
      async handle({ state, body, principal }) {
        const author = nameOf(principal)
        const done = await translator.translate(state, { ...body, author }, translationBody)
        return { status: 200, body: { data: translationBody(done) } }
      },
    }),
    route({
      operation: 'listTranslations',
      method: 'GET',
      path: `${base}/translations`,
      tag: 'policies',
      summary: 'Translations that were asked for, newest first',
      needs: read,
      query: z.object(paging),
      answers: { 200: { description: 'translations', schema: listOf(row, 'translations') } },
      async handle({ state, query }) {
        const found = await store.translations(state.org.slug, query.page_token ?? null, query.limit + 1)
        const data = found.slice(0, query.limit)
        const next = found.length > query.limit ? (data.at(-1)?.id ?? '') : ''
        return { status: 200, body: listBody('translations', data.map(rowBody), query.limit, next) }
      },
    }),
    route({
      operation: 'getTranslation',
      method: 'GET',
      path: `${base}/translations/{id}`,
      tag: 'policies',
      summary: 'One translation, with what was answered',
      needs: read,
      answers: {
        200: { description: 'the translation', schema: one(row.extend({ answer: answerShape.nullable() })) },
      },
      async handle({ state, params }) {
        const found = await store.translation(state.org.slug, params.id ?? '')
        if (found === null) throw new PdpError('translation_not_found', `there is no translation \`${params.id}\``)
        return { status: 200, body: { data: { ...rowBody(found), answer: found.answer } } }
      },
    }),
  ]
}

const rowBody = (found: TranslationRow) => ({
  id: found.id,
  at: new Date(found.at).toISOString(),
  author: found.author,
  text: found.text,
  text_sha256: found.textHash,
  model: found.model,
  outcome: found.outcome,
  failure: found.failure,
  rounds: found.rounds,
  tokens: { prompt: found.promptTokens, completion: found.completionTokens },
  draft_id: found.draft,
})
