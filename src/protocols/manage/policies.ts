import { z } from 'zod'
import { nameOf } from '../../pdp/keys.ts'
import { examinePolicy, policyDraft, policyVersion, publishPolicy } from '../../pdp/policies.ts'
import type { PolicyVersion, Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { analysis, analysisBody } from './analysis.ts'
import { statement } from './ast-shape.ts'
import { diagnostic, listBody, listOf, MOST_TEXT, one, paging, span, text } from './shapes.ts'

const note = z.string().max(1000).default('')

const sentences = z.array(
  z.object({ id: z.string().nullable(), text: z.string(), canonical: z.string(), span, ast: statement }),
)
export const checkup = z.object({ ok: z.boolean(), diagnostics: z.array(diagnostic), sentences })
const faults = z.object({ ok: z.boolean(), diagnostics: z.array(diagnostic) })
export const published = z.object({ version: z.int(), revision: z.int(), checkup: faults, analysis })
const version = z.object({
  version: z.int(),
  text: z.string(),
  author: z.string(),
  note: z.string(),
  published_at: z.string(),
})

const base = '/orgs/{org}/api/v1/admin/policies'
const read = { scope: 'org', act: { action: 'read', type: 'org_policy' } } as const
const publish = { scope: 'org', act: { action: 'publish', type: 'org_policy' } } as const

export function policyRoutes(service: Service): readonly Route[] {
  const { store } = service
  return [
    route({
      operation: 'checkPolicy',
      method: 'POST',
      path: `${base}/check`,
      tag: 'policies',
      summary: 'Every fault of a text, how each sentence was understood, and what it would change; nothing is stored',
      needs: read,
      body: z.object({ text: text(MOST_TEXT) }),
      textBody: t => ({ text: t }),
      answers: {
        200: {
          description: 'diagnostics, canonical sentences and the analysis, which is null while there are errors',
          schema: one(checkup.extend({ analysis: analysis.nullable() })),
        },
      },
      handle({ state, body }) {
        const examined = examinePolicy(state, body.text)
        const found = examined.analysis === null ? null : analysisBody(examined.analysis)
        return { status: 200, body: { data: { ...examined, analysis: found } } }
      },
    }),
    route({
      operation: 'publishPolicy',
      method: 'POST',
      path: base,
      tag: 'policies',
      summary: 'Make a text, or a draft, the policy of the org; a conflict where someone published since it was begun',
      needs: publish,
      body: z.union([
        z.object({ text: text(MOST_TEXT), note, expected_version: z.int().min(0).optional() }),
        z.object({ draft_id: z.string().min(1).max(100), note, expected_version: z.int().min(0).optional() }),
      ]),
      textBody: t => ({ text: t }),
      answers: {
        201: {
          description: 'the new version, which decides from now on',
          schema: one(published),
        },
      },
      async handle({ state, body, principal }) {
        const source =
          'text' in body
            ? { text: body.text, baseVersion: null }
            : await policyDraft(store, state.org.slug, body.draft_id)
        const published = await publishPolicy(service.write, state, {
          text: source.text,
          author: nameOf(principal),
          note: body.note,
          expectedVersion: body.expected_version ?? source.baseVersion,
        })
        return { status: 201, body: { data: { ...published, analysis: analysisBody(published.analysis) } } }
      },
    }),
    route({
      operation: 'listPolicyVersions',
      method: 'GET',
      path: base,
      tag: 'policies',
      summary: 'Versions of the policy, newest first',
      needs: read,
      query: z.object(paging),
      answers: { 200: { description: 'versions', schema: listOf(version, 'policies') } },
      async handle({ state, query }) {
        const before = query.page_token === undefined ? null : Number.parseInt(query.page_token, 10) || 0
        const found = await store.versions(state.org.slug, before, query.limit + 1)
        const data = found.slice(0, query.limit)
        const next = found.length > query.limit ? String(data.at(-1)?.version ?? '') : ''
        return { status: 200, body: listBody('policies', data.map(versionBody), query.limit, next) }
      },
    }),
    route({
      operation: 'getShippedPolicies',
      method: 'GET',
      path: `${base}/shipped`,
      tag: 'policies',
      summary: 'The rules every org starts with',
      needs: read,
      answers: {
        200: { description: 'texts by name', schema: one(z.array(z.object({ name: z.string(), text: z.string() }))) },
      },
      handle: () => ({ status: 200, body: { data: service.shipped.texts } }),
    }),
    route({
      operation: 'getPolicyVersion',
      method: 'GET',
      path: `${base}/{version}`,
      tag: 'policies',
      summary: 'One version of the policy; `current` is the published one',
      needs: read,
      answers: { 200: { description: 'the version', schema: one(version), text: true } },
      async handle({ state, params, accept }) {
        const wanted = params.version === 'current' ? state.policy.version : Number(params.version)
        const found = await policyVersion(store, state.org.slug, Number.isSafeInteger(wanted) ? wanted : -1)
        return accept === 'text'
          ? { status: 200, text: found.text }
          : { status: 200, body: { data: versionBody(found) } }
      },
    }),
  ]
}

const versionBody = ({ publishedAt, ...rest }: PolicyVersion) => ({
  ...rest,
  published_at: new Date(publishedAt).toISOString(),
})
