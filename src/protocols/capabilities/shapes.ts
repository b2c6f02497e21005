import { z } from 'zod'
import { MOST } from '../../agents/capability.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { capabilityMember } from '../evidence.ts'

const name = z.string().min(1).max(256)
const texts = (most: number) => z.array(name).min(1).max(most)

export const spend = z.strictObject({
  amount: z.int().min(0),
  unit: z.string().min(1).max(32),
  decimals: z.int().min(0).max(15).default(0),
})

/** `resources`: `type:id`, `type:prefix*` or `type:*`. */
export const wish = z.strictObject({
  actions: z.union([name.transform(one => [one]), texts(MOST.actions)]),
  resources: z.union([
    z
      .string()
      .min(1)
      .max(1024)
      .transform(one => [one]),
    z.array(z.string().min(1).max(1024)).min(1).max(MOST.resources),
  ]),
  ttl: z.int().min(1).max(86_400).optional(),
  not_before: z.string().max(64).optional(),
  uses: z.int().min(1).max(MOST.uses).optional(),
  spend: spend.optional(),
  audience: z
    .union([
      z
        .string()
        .min(1)
        .max(2048)
        .transform(one => [one]),
      z.array(z.string().min(1).max(2048)).min(1).max(MOST.audiences),
    ])
    .optional(),
  depth: z.int().min(0).max(MOST.depth).optional(),
  jkt: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'expected the SHA-256 thumbprint of a key (RFC 7638)')
    .optional(),
  parent: capabilityMember.optional(),
  context: jsonObject.optional(),
})

export const shown = {
  jti: z.string(),
  organization: z.string(),
  sub: z.string(),
  chain: z.array(z.string()),
  actions: z.array(z.string()),
  resources: z.array(z.string()),
  not_before: z.string(),
  expires_at: z.string(),
  uses: z.int().nullable(),
  spend: spend.nullable(),
  audience: z.array(z.string()),
  depth: z.int(),
  jkt: z.string().nullable(),
  task_id: z.string().nullable(),
}

export const issued = z.object({
  capability: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int(),
  ...shown,
  decision_ids: z.array(z.string()),
})

export const revoking = z.strictObject({
  capability: capabilityMember.optional(),
  jti: z.string().min(1).max(256).optional(),
  reason: z.string().max(500).optional(),
})
