import { z } from 'zod'
import { timedId } from '../../lib/ids.ts'
import { nameOf } from '../../pdp/keys.ts'
import { checkPolicy, policyDraft } from '../../pdp/policies.ts'
import type { PolicyDraft, Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { checkup } from './policies.ts'
import { listBody, listOf, MOST_TEXT, one, text } from './shapes.ts'

const draft = z.object({
  id: z.string(),
  text: z.string(),
  author: z.string(),
  updated_at: z.string(),
  base_version: z.int().nullable(),
})
/** `base_version`: the version its author started from; the published one when absent. */
const body = z.object({ text: text(MOST_TEXT), base_version: z.int().min(0).optional() })

const read = { scope: 'org', act: { action: 'read', type: 'org_policy' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_policy' } } as const

/** Texts that decide nothing yet. */
export function draftRoutes(service: Service): readonly Route[] {
  const { store } = service
  return [
    route({
      operation: 'listDrafts',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/policy-drafts',
      tag: 'policies',
      summary: 'Drafts, newest first',
      needs: read,
      answers: { 200: { description: 'drafts', schema: listOf(draft, 'policy_drafts') } },
      async handle({ state }) {
        const data = (await store.drafts(state.org.slug, 100)).map(draftBody)
        return { status: 200, body: listBody('policy_drafts', data, 100, '') }
      },
    }),
    route({
      operation: 'createDraft',
      method: 'POST',
      path: '/orgs/{org}/api/v1/admin/policy-drafts',
      tag: 'policies',
      summary: 'Keep a text that decides nothing yet; it may have faults',
      needs: write,
      body,
      textBody: t => ({ text: t }),
      answers: { 201: { description: 'the draft with its diagnostics', schema: one(draft.extend({ checkup })) } },
      async handle({ state, body, principal }) {
        const at = service.clock()
        const made = {
          id: timedId('draft', at),
          text: body.text,
          author: nameOf(principal),
          updatedAt: at,
          baseVersion: body.base_version ?? state.policy.version,
        }
        await store.saveDraft(state.org.slug, made)
        return { status: 201, body: { data: { ...draftBody(made), checkup: checkPolicy(state, body.text) } } }
      },
    }),
    route({
      operation: 'updateDraft',
      method: 'PUT',
      path: '/orgs/{org}/api/v1/admin/policy-drafts/{id}',
      tag: 'policies',
      summary: 'Replace the text of a draft',
      needs: write,
      body,
      textBody: t => ({ text: t }),
      answers: { 200: { description: 'the draft with its diagnostics', schema: one(draft.extend({ checkup })) } },
      async handle({ state, params, body, principal }) {
        const { id, baseVersion } = await policyDraft(store, state.org.slug, params.id ?? '')
        const made = {
          id,
          text: body.text,
          author: nameOf(principal),
          updatedAt: service.clock(),
          baseVersion: body.base_version ?? baseVersion,
        }
        await store.saveDraft(state.org.slug, made)
        return { status: 200, body: { data: { ...draftBody(made), checkup: checkPolicy(state, body.text) } } }
      },
    }),
    route({
      operation: 'getDraft',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/policy-drafts/{id}',
      tag: 'policies',
      summary: 'One draft',
      needs: read,
      answers: { 200: { description: 'the draft', schema: one(draft) } },
      async handle({ state, params }) {
        return { status: 200, body: { data: draftBody(await policyDraft(store, state.org.slug, params.id ?? '')) } }
      },
    }),
    route({
      operation: 'deleteDraft',
      method: 'DELETE',
      path: '/orgs/{org}/api/v1/admin/policy-drafts/{id}',
      tag: 'policies',
      summary: 'Throw a draft away',
      needs: write,
      answers: { 204: { description: 'gone' } },
      async handle({ state, params }) {
        const { id } = await policyDraft(store, state.org.slug, params.id ?? '')
        await store.deleteDraft(state.org.slug, id)
        return { status: 204 }
      },
    }),
  ]
}

const draftBody = ({ updatedAt, baseVersion, ...rest }: PolicyDraft) => ({
  ...rest,
  updated_at: new Date(updatedAt).toISOString(),
  base_version: baseVersion,
})
