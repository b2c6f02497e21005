import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { label, listBody, listOf, one, paging, revisionOf, slug } from './shapes.ts'

const org = z.object({ slug: z.string(), name: z.string(), zone: z.string() })
const zone = z.string().min(1).max(64)

export function orgRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'createOrg',
      method: 'POST',
      path: '/api/v1/admin/organizations',
      tag: 'orgs',
      summary: 'Make an org',
      needs: { scope: 'instance', act: { action: 'create', type: 'org' } },
      body: z.object({ slug, name: label.optional(), zone: zone.default('UTC') }),
      answers: { 201: { description: 'the org', schema: one(org) } },
      async handle({ body }) {
        const made = await service.createOrg({ slug: body.slug, name: body.name ?? body.slug, zone: body.zone })
        return { status: 201, body: { data: made } }
      },
    }),
    route({
      operation: 'listOrgs',
      method: 'GET',
      path: '/api/v1/admin/organizations',
      tag: 'orgs',
      summary: 'List the orgs of this instance',
      needs: { scope: 'instance', act: { action: 'read', type: 'org' } },
      query: z.object(paging),
      answers: { 200: { description: 'orgs by slug', schema: listOf(org, 'organizations') } },
      async handle({ query }) {
        const found = await service.store.orgs(query.page_token ?? null, query.limit + 1)
        const data = found.slice(0, query.limit)
        const next = found.length > query.limit ? (data.at(-1)?.slug ?? '') : ''
        return { status: 200, body: listBody('organizations', data, query.limit, next) }
      },
    }),
    route({
      operation: 'getOrg',
      method: 'GET',
      path: '/orgs/{org}/api/v1/admin/organization',
      tag: 'orgs',
      summary: 'Read the org',
      needs: { scope: 'org', act: { action: 'read', type: 'org_setting' } },
      answers: { 200: { description: 'the org', schema: one(org) } },
      handle: ({ state }) => ({ status: 200, body: { data: state.org } }),
    }),
    route({
      operation: 'updateOrg',
      method: 'PATCH',
      path: '/orgs/{org}/api/v1/admin/organization',
      tag: 'orgs',
      summary: 'Change the name or the time zone of the org',
      needs: { scope: 'org', act: { action: 'write', type: 'org_setting' } },
      body: z.object({ name: label.optional(), zone: zone.optional() }),
      answers: { 200: { description: 'the revision of the change', schema: one(revisionOf) } },
      async handle({ state, body }) {
        const changed = { kind: 'org', name: body.name ?? state.org.name, zone: body.zone ?? state.org.zone } as const
        if (!service.isZone(changed.zone)) {
          throw new PdpError('invalid_zone', `\`${changed.zone}\` is not an IANA time zone`)
        }
        return { status: 200, body: { data: { revision: await service.write(state, [changed]) } } }
      },
    }),
  ]
}
