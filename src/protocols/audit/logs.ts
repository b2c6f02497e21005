import { z } from 'zod'
import { AUDIT_KINDS, auditKind, type ChainedEvent } from '../../pdp/audit/event.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { listBody, one } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { detailBody, entry, entryBody } from './entry.ts'
import { filters, queryOf } from './filters.ts'

export const read = { scope: 'org', act: { action: 'read', type: 'org_audit' }, anyway: true } as const

/** Where the record is found: both are documented. */
export const BASES = [
  { path: '/orgs/{org}/api/v1/admin/audit-logs', suffix: '' },
  { path: '/orgs/{org}/api/v1/audit-logs', suffix: 'Alias' },
] as const

const page = z.object({ limit: z.int(), page: z.int(), hasNextPage: z.boolean(), hasPreviousPage: z.boolean() })
const list = z.object({
  data: z.array(entry),
  meta: page.loose(),
  pagination: page.loose(),
  resourceType: z.literal('audit_logs'),
})

/** Rows that are passed over to come to a page by its number; what lies behind is reached by `page_token`. */
const FARTHEST = 10_000
const DAY = 86_400_000

export function logRoutes(service: Service, { path, suffix }: (typeof BASES)[number]): readonly Route[] {
  const { store } = service
  return [
    route({
      operation: `listAuditLogs${suffix}`,
      method: 'GET',
      path,
      tag: 'audit',
      summary: 'What was done, newest first',
      needs: read,
      query: z.object({
        ...filters,
        limit: z.coerce.number().int().min(1).max(100).default(25),
        page: z.coerce.number().int().min(1).default(1),
        page_token: z
          .string()
          .regex(/^\d{1,15}$/, 'expected the token of a page')
          .optional(),
      }),
      answers: { 200: { description: 'entries', schema: list } },
      async handle({ state, query }) {
        const { limit, page: number, page_token: token } = query
        const skip = (number - 1) * limit
        if (skip > FARTHEST) {
          throw new PdpError(
            'invalid_request',
            `page: expected one within ${FARTHEST} entries; go on with \`page_token\``,
          )
        }
        const found = await store.audit(state.org.slug, {
          ...queryOf(query),
          limit: limit + 1,
          before: token === undefined ? null : Number(token),
          ...(token === undefined && { skip }),
        })
        const data = found.slice(0, limit)
        const next = found.length > limit ? String(data.at(-1)?.seq ?? '') : ''
        const body = listBody('audit_logs', data.map(entryBody), limit, next)
        const meta = { ...body.meta, page: number, hasPreviousPage: token !== undefined || number > 1 }
        return { status: 200, body: { ...body, meta, pagination: meta } }
      },
    }),
    route({
      operation: `listAuditActions${suffix}`,
      method: 'GET',
      path: `${path}/actions`,
      tag: 'audit',
      summary: 'Every kind of event there is',
      needs: read,
      answers: {
        200: { description: 'kinds', schema: z.looseObject({ data: z.array(z.looseObject({ action: z.string() })) }) },
      },
      handle: () => ({
        status: 200,
        body: {
          data: AUDIT_KINDS.map(({ kind, category, severity }) => ({ action: kind, category, severity })),
          actions: AUDIT_KINDS.map(({ kind }) => kind),
        },
      }),
    }),
    route({
      operation: `auditStats${suffix}`,
      method: 'GET',
      path: `${path}/stats`,
      tag: 'audit',
      summary: 'How much was done: by kind, category, outcome and day',
      needs: read,
      query: z.object({ startDate: filters.startDate, endDate: filters.endDate }),
      answers: { 200: { description: 'counts', schema: one(z.looseObject({ total: z.int() })) } },
      async handle({ state, query }) {
        const range = queryOf(query)
        const until = range.until ?? service.clock() + 1
        const from = range.from ?? until - 30 * DAY
        const { kinds, days } = await store.auditStats(state.org.slug, from, until)
        const sums = (key: (one: (typeof kinds)[number]) => string) => {
          const all = new Map<string, number>()
          for (const one of kinds) all.set(key(one), (all.get(key(one)) ?? 0) + one.count)
          return Object.fromEntries(all)
        }
        const data = {
          from: new Date(from).toISOString(),
          until: new Date(until).toISOString(),
          total: kinds.reduce((sum, { count }) => sum + count, 0),
          by_action: sums(({ kind }) => kind),
          by_category: sums(({ kind }) => auditKind(kind).category),
          by_severity: sums(({ kind }) => auditKind(kind).severity),
          by_outcome: sums(({ outcome }) => outcome),
          by_day: Object.fromEntries(days.map(({ day, count }) => [day, count])),
        }
        return { status: 200, body: { data } }
      },
    }),
    route({
      operation: `getAuditLog${suffix}`,
      method: 'GET',
      path: `${path}/{logId}`,
      tag: 'audit',
      summary: 'One entry, by its number or its id, with what proves it',
      needs: read,
      answers: { 200: { description: 'the entry', schema: one(entry) } },
      async handle({ state, params }) {
        return { status: 200, body: { data: detailBody(await found(service, state.org.slug, params.logId ?? '')) } }
      },
    }),
  ]
}

async function found({ store }: Service, org: string, id: string): Promise<ChainedEvent> {
  const event = await store.auditEvent(org, /^\d{1,15}$/.test(id) ? { seq: Number(id) } : { id })
  if (event === null) throw new PdpError('audit_log_not_found', `there is no audit entry \`${id}\``)
  return event
}
