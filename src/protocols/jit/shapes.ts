import { z } from 'zod'
import { type Detail, engineDetail, readDetails } from '../../agents/detail.ts'
import { PdpError } from '../../pdp/errors.ts'
import { LONGEST_TASK } from '../../pdp/jit/tasks.ts'
import type { Json } from '../../policy/json.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { freeObject } from '../registry/shapes.ts'

export const id = z.string().min(1).max(128)
export const text = z.string().max(2000)
const details = z.union([jsonObject, z.array(jsonObject).min(1).max(10)])
const scopes = z.array(z.string().min(1).max(200)).min(1).max(20)
export const seconds = (most: number) => z.int().min(1).max(most)

export const newTask = z.object({
  name: text.nullable().optional(),
  type: text.nullable().optional(),
  parent_task_id: id.nullable().optional(),
  on_behalf_of: z.string().min(1).max(320).nullable().optional(),
  justification: text.nullable().optional(),
  budget: freeObject.nullable().optional(),
  /** Seconds. */
  ttl: seconds(LONGEST_TASK / 1000).optional(),
  task_description: text.optional(),
  required_scopes: scopes.optional(),
  duration: seconds(86_400).optional(),
  resources: z.array(z.string().max(512)).max(20).optional(),
})

export const newRequest = z.object({
  task_id: id,
  authorization_details: details.optional(),
  scope: z.string().min(1).max(2000).optional(),
  justification: text.nullable().optional(),
  requested_ttl: seconds(86_400).optional(),
  ttl: seconds(86_400).optional(),
  max_uses: z.int().min(1).max(1000).optional(),
  emergency: z.boolean().optional(),
  callback_url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
})

export const saidYes = z.object({
  ttl: seconds(86_400).optional(),
  notes: text.nullable().optional(),
  max_uses: z.int().min(1).max(1000).optional(),
  authorization_details: details.optional(),
})

export const saidNo = z.object({ reason: text.nullable().optional() })
export const reviewed = z.object({ ok: z.boolean(), notes: text.nullable().optional() })
export const ended = z.object({
  result: z.enum(['completed', 'failed', 'cancelled']).optional(),
  notes: text.nullable().optional(),
})

/** The details of a body, always as a list. Fails with `invalid_authorization_details`. */
export function detailsIn(value: Json): readonly Detail[] {
  const read = readDetails(value)
  if (!read.ok) throw new PdpError('invalid_authorization_details', read.message)
  return read.details
}

/** What is asked for where only scopes are named: to obtain each. */
export const detailsOfScopes = (wanted: readonly string[]): readonly Detail[] =>
  wanted.map(scope => engineDetail('obtain', { type: 'scope', id: scope }))

export const shown = z.looseObject({})
export const taskShown = z.looseObject({ task_id: z.string() })
export const requestShown = z.looseObject({
  request_id: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled', 'consumed']),
  risk_level: z.enum(['low', 'medium', 'high', 'critical']),
  task_id: z.string(),
})
