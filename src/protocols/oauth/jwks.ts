import { z } from 'zod'
import type { SigningKey } from '../../agents/signing-key.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { inOrg } from './parts.ts'

const jwk = z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string(), use: z.string() })

const shownKey = z.object({
  kid: z.string(),
  alg: z.string(),
  created_at: z.string(),
  signs_from: z.string(),
  signs_until: z.string().nullable(),
  published_until: z.string().nullable(),
})

const rotation = z.strictObject({
  lead_seconds: z.int().min(0).max(604_800).optional(),
  withdraw: z.boolean().default(false),
})

const path = '/orgs/{org}/api/v1/admin/signing-keys'

/** How long others may keep the set: well within the time a new key is published before it signs. */
const KEPT_SECONDS = 300

/** The keys an org signs with: what all may see of them, and how they are replaced. */
export function jwksRoutes(service: Service, leadSeconds: number): readonly Route[] {
  const { keys } = service.tokens
  return [
    route({
      operation: 'jwks',
      method: 'GET',
      path: '/orgs/{org}/api/v1/.well-known/jwks.json',
      tag: 'oauth',
      summary: 'The public keys of the org',
      needs: 'public',
      answers: { 200: { description: 'a JWK set', schema: z.object({ keys: z.array(jwk) }) } },
      async handle({ params }) {
        const found = await inOrg(service, params, state => keys.published(state))
        return {
          status: 200,
          body: { keys: found.map(key => key.publicJwk) },
          headers: { 'cache-control': `public, max-age=${KEPT_SECONDS}` },
        }
      },
    }),
    route({
      operation: 'listSigningKeys',
      method: 'GET',
      path,
      tag: 'signing keys',
      summary: 'The signing keys of the org, without their private halves',
      needs: { scope: 'org', act: { action: 'read', type: 'org_signing_key' } },
      answers: { 200: { description: 'keys', schema: z.object({ data: z.array(shownKey) }) } },
      handle: ({ state }) => ({ status: 200, body: { data: [...state.registry.signingKeys.values()].map(shown) } }),
    }),
    route({
      operation: 'rotateSigningKeys',
      method: 'POST',
      path: `${path}/rotate`,
      tag: 'signing keys',
      summary: 'Replace the signing keys: after a time in which both are published, or at once',
      needs: { scope: 'org', act: { action: 'write', type: 'org_signing_key' } },
      body: rotation,
      answers: { 200: { description: 'the new keys', schema: z.object({ data: z.array(shownKey) }) } },
      async handle({ state, body, principal }) {
        const made = await keys.rotate(state, nameOf(principal), {
          lead: (body.lead_seconds ?? leadSeconds) * 1000,
          withdraw: body.withdraw,
        })
        return { status: 200, body: { data: made.map(shown) } }
      },
    }),
  ]
}

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

const shown = ({ id, alg, createdAt, notBefore, retiredAt, removedAt }: SigningKey) => ({
  kid: id,
  alg,
  created_at: iso(createdAt),
  signs_from: iso(notBefore),
  signs_until: isoOrNull(retiredAt),
  published_until: isoOrNull(removedAt),
})
