import { z } from 'zod'
import { renderDiff } from '../../pdp/diff.ts'
import { diffNamed, rollBack } from '../../pdp/history.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { analysisBody } from './analysis.ts'
import { published } from './policies.ts'
import { one } from './shapes.ts'

const side = z.object({ text: z.string(), canonical: z.string(), line: z.int() })
const shared = { of: z.enum(['rule', 'definition']), name: z.string().nullable() }

/** One change, as the API answers it; the CLI reads it back. */
export const policyChange = z.discriminatedUnion('kind', [
  z.object({ ...shared, kind: z.literal('added'), before: z.null(), after: side }),
  z.object({ ...shared, kind: z.literal('removed'), before: side, after: z.null() }),
  z.object({ ...shared, kind: z.enum(['changed', 'reworded', 'redefined']), before: side, after: side }),
])
const name = z.string().regex(/^[\w-]{1,100}$/, 'expected a version, `current`, or the id of a draft')

const base = '/orgs/{org}/api/v1/admin/policies'

/** What became of the policy, and the way back. */
export function historyRoutes(service: Service): readonly Route[] {
  const { store } = service
  return [
    route({
      operation: 'diffPolicies',
      method: 'GET',
      path: `${base}/diff`,
      tag: 'policies',
      summary: 'What changed between two versions or drafts, sentence by sentence',
      needs: { scope: 'org', act: { action: 'read', type: 'org_policy' } },
      query: z.object({ from: name.default('current'), to: name.default('current') }),
      answers: {
        200: { description: 'changes; as text/plain to read', schema: one(z.array(policyChange)), text: true },
      },
      async handle({ state, query, accept }) {
        const changes = await diffNamed(store, state, query.from, query.to)
        return accept === 'text' ? { status: 200, text: renderDiff(changes) } : { status: 200, body: { data: changes } }
      },
    }),
    route({
      operation: 'rollBackPolicy',
      method: 'POST',
      path: `${base}/{version}/rollback`,
      tag: 'policies',
      summary: 'Publish an earlier version again, as a new one',
      needs: { scope: 'org', act: { action: 'publish', type: 'org_policy' } },
      body: z.object({ note: z.string().max(900).default(''), expected_version: z.int().min(0).optional() }),
      answers: {
        201: {
          description: 'the new version, which decides from now on',
          schema: one(published),
        },
      },
      async handle({ state, params, body, principal }) {
        const version = /^\d{1,15}$/.test(params.version ?? '') ? Number(params.version) : -1
        const published = await rollBack(service.write, store, state, {
          version,
          author: nameOf(principal),
          note: body.note,
          expectedVersion: body.expected_version ?? null,
        })
        return { status: 201, body: { data: { ...published, analysis: analysisBody(published.analysis) } } }
      },
    }),
  ]
}
