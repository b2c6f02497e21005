import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { KEY_ROLES, type KeyRecord, mintKey } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { label, listBody, listOf, one, paging } from './shapes.ts'

const key = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  created_at: z.string(),
  revoked_at: z.string().nullable(),
})

const base = '/orgs/{org}/api/v1/admin/keys'

export function keyRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'createKey',
      method: 'POST',
      path: base,
      tag: 'keys',
      summary: 'Make an API key; its text is shown this once',
      needs: { scope: 'org', act: { action: 'write', type: 'org_key' } },
      body: z.object({ name: label, role: z.enum(KEY_ROLES) }),
      answers: { 201: { description: 'the key', schema: one(key.extend({ key: z.string() })) } },
      async handle({ state, body }) {
        const { text, record } = mintKey(state.org.slug, body.name, body.role, service.clock())
        await service.write(state, [{ kind: 'key', key: record }])
        return { status: 201, body: { data: { ...keyBody(record), key: text } } }
      },
    }),
    route({
      operation: 'listKeys',
      method: 'GET',
      path: base,
      tag: 'keys',
      summary: 'API keys of the org, without their text',
      needs: { scope: 'org', act: { action: 'read', type: 'org_key' } },
      query: z.object(paging),
      answers: { 200: { description: 'keys', schema: listOf(key, 'keys') } },
      handle({ state, query }) {
        const after = query.page_token ?? ''
        const all = [...state.keys.values()].filter(k => k.id > after).sort((a, b) => (a.id < b.id ? -1 : 1))
        const data = all.slice(0, query.limit)
        const next = all.length > query.limit ? (data.at(-1)?.id ?? '') : ''
        return { status: 200, body: listBody('keys', data.map(keyBody), query.limit, next) }
      },
    }),
    route({
      operation: 'revokeKey',
      method: 'DELETE',
      path: `${base}/{id}`,
      tag: 'keys',
      summary: 'Revoke an API key, effective at once',
      needs: { scope: 'org', act: { action: 'write', type: 'org_key' } },
      answers: { 204: { description: 'revoked' } },
      async handle({ state, params }) {
        const found = state.keys.get(params.id ?? '')
        if (found === undefined) throw new PdpError('key_not_found', `there is no key \`${params.id}\``)
        if (found.revokedAt === null) {
          await service.write(state, [{ kind: 'key', key: { ...found, revokedAt: service.clock() } }])
        }
        return { status: 204 }
      },
    }),
  ]
}

function keyBody({ id, name, role, createdAt, revokedAt }: KeyRecord) {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return { id, name, role, created_at: new Date(createdAt).toISOString(), revoked_at: iso(revokedAt) }
}
