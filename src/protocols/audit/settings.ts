import { z } from 'zod'
import type { AuditSettings } from '../../pdp/audit/event.ts'
import { nameOf } from '../../pdp/keys.ts'
import { put } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { one } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { type BASES, read } from './logs.ts'

export const write = { scope: 'org', act: { action: 'write', type: 'org_audit' }, anyway: true } as const

const days = z.int().min(1).max(36_500).nullable()
const shown = z.object({ retention_days: days, retentionDays: days })
const said = z
  .strictObject({ retention_days: days.optional(), retentionDays: days.optional() })
  .refine(body => (body.retention_days === undefined) !== (body.retentionDays === undefined), {
    message: 'expected `retention_days`: a number of days, or null to keep the record for ever',
  })

const bodyOf = ({ retentionDays }: AuditSettings) => ({ retention_days: retentionDays, retentionDays })

/** How long the record is kept. */
export function retentionRoutes(service: Service, { path, suffix }: (typeof BASES)[number]): readonly Route[] {
  const answers = { 200: { description: 'how long', schema: one(shown) } }
  const change = (method: 'PUT' | 'PATCH', operation: string): Route =>
    route({
      operation,
      method,
      path: `${path}/retention`,
      tag: 'audit',
      summary: 'Say how long the record is kept; what is older is removed up to a signed checkpoint',
      needs: write,
      body: said,
      answers,
      async handle({ state, body, principal }) {
        const before = state.registry.auditSettings
        const retentionDays = body.retention_days !== undefined ? body.retention_days : (body.retentionDays ?? null)
        const settings: AuditSettings = { ...before, retentionDays, version: before.version + 1 }
        await service.write(state, [put(settings, nameOf(principal))])
        return { status: 200, body: { data: bodyOf(settings) } }
      },
    })
  return [
    route({
      operation: `getAuditRetention${suffix}`,
      method: 'GET',
      path: `${path}/retention`,
      tag: 'audit',
      summary: 'How long the record is kept',
      needs: read,
      answers,
      handle: ({ state }) => ({ status: 200, body: { data: bodyOf(state.registry.auditSettings) } }),
    }),
    change('PUT', `putAuditRetention${suffix}`),
    change('PATCH', `updateAuditRetention${suffix}`),
  ]
}
