import { z } from 'zod'
import { signCheckpoint } from '../../pdp/audit/checkpoints.ts'
import { erasePerson, gdprEvent, keysOf } from '../../pdp/audit/keeping.ts'
import { verifyStore } from '../../pdp/audit/verify.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { listBody, listOf, one } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { type BASES, read } from './logs.ts'
import { write } from './settings.ts'

const finding = z.object({
  of: z.enum(['event', 'chain', 'checkpoint', 'decisions']),
  seq: z.int().nullable(),
  why: z.string(),
})

const report = z.object({
  org: z.string(),
  ok: z.boolean(),
  findings: z.array(finding),
  events: z.int(),
  from: z.int(),
  to: z.int(),
  hash: z.string(),
  erased: z.int(),
  checkpoints: z.int(),
  batches: z.int().nullable(),
})

const checkpoint = z.object({ seq: z.int(), hash: z.string(), at: z.string(), jws: z.string() })

const erase = { scope: 'org', act: { action: 'erase', type: 'org_audit' }, anyway: true } as const

/** What keeps the record honest: proving it, signing it, and forgetting a person without breaking it. */
export function keepingRoutes(service: Service, { path, suffix }: (typeof BASES)[number]): readonly Route[] {
  const { store, tokens, orgs, clock } = service
  return [
    route({
      operation: `verifyAuditLogs${suffix}`,
      method: 'POST',
      path: `${path}/verify`,
      tag: 'audit',
      summary: 'Look through the whole record for what was changed, removed, put in or swapped',
      needs: read,
      body: z.strictObject({ checkpoints: z.array(z.string().max(16_384)).max(1_000).default([]) }),
      answers: { 200: { description: 'what was found', schema: one(report) } },
      async handle({ state, body }) {
        const data = await verifyStore(store, state.org.slug, keysOf(state), body.checkpoints)
        return { status: 200, body: { data } }
      },
    }),
    route({
      operation: `listAuditCheckpoints${suffix}`,
      method: 'GET',
      path: `${path}/checkpoints`,
      tag: 'audit',
      summary: 'What the org signed of its record, oldest first: for whoever keeps them elsewhere',
      needs: read,
      query: z.object({
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
        page_token: z
          .string()
          .regex(/^\d{1,15}$/, 'expected the token of a page')
          .optional(),
      }),
      answers: { 200: { description: 'checkpoints', schema: listOf(checkpoint, 'audit_checkpoints') } },
      async handle({ state, query }) {
        const after = query.page_token === undefined ? 0 : Number(query.page_token)
        const found = await store.checkpoints(state.org.slug, after, query.limit + 1)
        const data = found.slice(0, query.limit).map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() }))
        const next = found.length > query.limit ? String(data.at(-1)?.seq ?? '') : ''
        return { status: 200, body: listBody('audit_checkpoints', data, query.limit, next) }
      },
    }),
    route({
      operation: `signAuditCheckpoint${suffix}`,
      method: 'POST',
      path: `${path}/checkpoints`,
      tag: 'audit',
      summary: 'Sign the record as it is now',
      needs: write,
      answers: { 201: { description: 'the newest checkpoint', schema: one(checkpoint.nullable()) } },
      async handle({ state }) {
        await signCheckpoint({ store, keys: tokens.keys, orgs, clock }, state)
        const { seq } = await store.auditHead(state.org.slug)
        const [newest] = (await store.checkpoints(state.org.slug, Math.max(0, seq - 1_000), 1_000)).slice(-1)
        const data = newest === undefined ? null : { ...newest, at: new Date(newest.at).toISOString() }
        return { status: 201, body: { data } }
      },
    }),
    route({
      operation: `eraseFromAuditLogs${suffix}`,
      method: 'POST',
      path: `${path}/erase`,
      tag: 'audit',
      summary: 'Take what tells of a person out of the record; the chain still verifies',
      needs: erase,
      body: z.strictObject({
        subject: z
          .string()
          .regex(/^[a-z_]+:.+$/s, 'expected an entity such as `user:alice`')
          .max(1024),
      }),
      answers: {
        200: { description: 'how much', schema: one(z.object({ events: z.int(), decisions: z.int() })) },
      },
      async handle({ state, body, principal }) {
        const org = state.org.slug
        const data = await erasePerson(store, org, body.subject, clock())
        service.audit.append(org, () => gdprEvent(data, nameOf(principal), clock()))
        return { status: 200, body: { data } }
      },
    }),
  ]
}
