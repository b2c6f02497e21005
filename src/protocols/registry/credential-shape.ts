import { z } from 'zod'
import type { Credential } from '../../agents/identity.ts'
import { isLive } from '../../pdp/credentials.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Given } from '../../pdp/identity-credentials.ts'
import type { JsonObject } from '../../policy/json.ts'
import { iso, isoOrNull } from './shapes.ts'

/** What is in an answer once and never again. */
export const shownOnce = { clientSecret: z.string().optional(), apiKey: z.string().optional() }

/** Public keys as they were given: one way or the other. */
export function keysIn({
  jwks,
  jwksUri,
}: {
  jwks?: JsonObject | undefined
  jwksUri?: string | undefined
}): Given | undefined {
  if (jwks !== undefined && jwksUri !== undefined) {
    throw new PdpError('invalid_request', 'expected `jwks` or `jwksUri`, not both')
  }
  return jwks !== undefined ? { jwks } : jwksUri !== undefined ? { jwksUri } : undefined
}

export const credentialBody = z.object({
  id: z.string(),
  kind: z.enum(['secret', 'api_key', 'jwks', 'jwks_uri']),
  status: z.enum(['active', 'expired', 'retired']),
  kids: z.array(z.string()).optional(),
  jwksUri: z.string().optional(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  retired_at: z.string().nullable(),
})

/** A credential without what could be used: not even a hash. */
export function credentialShown(credential: Credential, now: number): z.input<typeof credentialBody> {
  const { id, proof, createdAt, expiresAt, retiredAt } = credential
  return {
    id,
    kind: proof.kind,
    status: retiredAt !== null ? 'retired' : isLive(credential, now) ? 'active' : 'expired',
    ...(proof.kind === 'jwks' && { kids: kidsIn(proof.jwks) }),
    ...(proof.kind === 'jwks_uri' && { jwksUri: proof.uri }),
    created_at: iso(createdAt),
    expires_at: isoOrNull(expiresAt),
    retired_at: isoOrNull(retiredAt),
  }
}

const kidsIn = (jwks: JsonObject): string[] =>
  (jwks.keys as readonly JsonObject[]).flatMap(({ kid }) => (typeof kid === 'string' ? [kid] : []))
