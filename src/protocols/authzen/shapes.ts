import { z } from 'zod'
import type { Json, JsonObject } from '../../policy/json.ts'
import { doingMembers } from '../doing.ts'
import { capabilityMember } from '../evidence.ts'

export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>
/** Any JSON object, as it stands: it is not copied. */
export const jsonObject: z.ZodType<JsonObject> = z
  .custom<JsonObject>(
    value => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .meta({ type: 'object' })

/** Characters of a type, an id or an action's name. */
export const LONGEST = 1024
const name = z.string().min(1).max(LONGEST)

/** Unknown members are ignored everywhere (AuthZEN 1.0, section 5). */
export const subject = z.object({ type: name, id: name, properties: jsonObject.optional() })
export const resource = z.object({ type: name, id: name, properties: jsonObject.optional() })
export const action = z.object({ name, properties: jsonObject.optional() })

export const evaluation = z.object({
  subject,
  action,
  resource,
  context: jsonObject.optional(),
  /** What was shown for it: nothing beyond that is allowed. */
  capability: capabilityMember.optional(),
  /** With `explain: false` the answer leaves out why. Anything else is ignored. */
  options: z.unknown().optional(),
  ...doingMembers,
})

/** Questions that one call may ask. */
export const MOST_EVALUATIONS = 1000

export const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const

/** Items are checked one by one, so that a bad one spoils no other; top-level members are their defaults. */
export const evaluations = z.object({
  subject: z.unknown().optional(),
  action: z.unknown().optional(),
  resource: z.unknown().optional(),
  context: z.unknown().optional(),
  capability: capabilityMember.optional(),
  evaluations: z.array(jsonObject).max(MOST_EVALUATIONS).optional(),
  options: z.object({ evaluations_semantic: z.enum(semantics).optional(), explain: z.boolean().optional() }).optional(),
})

const page = z.object({ token: z.string().max(4096).optional(), limit: z.int().min(1).max(1000).optional() })
const searched = z.object({ type: name, properties: jsonObject.optional() })

export const subjectSearch = z.object({
  subject: searched,
  action,
  resource,
  context: jsonObject.optional(),
  page: page.optional(),
})
export const resourceSearch = z.object({
  subject,
  action,
  resource: searched,
  context: jsonObject.optional(),
  page: page.optional(),
})
export const actionSearch = z.object({ subject, resource, context: jsonObject.optional(), page: page.optional() })

export const reason = z.object({
  rule: z.string(),
  sentence: z.string(),
  effect: z.enum(['permit', 'forbid', 'approval', 'grant']),
  truth: z.enum(['yes', 'unknown']),
  for: z.string(),
})

export const missing = z.object({
  rule: z.string(),
  clause: z.string(),
  text: z.string(),
  truth: z.enum(['no', 'unknown']),
  for: z.string(),
})

export const obligation = z.object({
  kind: z.literal('approval'),
  rule: z.string(),
  relation: z.string().nullable(),
  on: z.string(),
  for: z.string(),
})

export const decisionContext = z.object({
  id: z.string(),
  effect: z.enum(['allow', 'deny', 'escalate']),
  reason_admin: z.object({ en: z.string() }),
  reasons: z.array(reason),
  missing: z.array(missing),
  obligations: z.array(obligation),
  valid_until: z.string().nullable(),
  policy_version: z.int(),
  revision: z.int(),
  authorization_details: z.array(jsonObject).optional(),
})

/** Of an answer without why. */
export const briefContext = decisionContext
  .pick({ id: true, effect: true, revision: true })
  .extend(decisionContext.pick({ obligations: true, valid_until: true, authorization_details: true }).partial().shape)

export const decisionAnswer = z.object({ decision: z.boolean(), context: decisionContext })

export const evaluationAnswer = z.object({ decision: z.boolean(), context: z.union([decisionContext, briefContext]) })

export const itemAnswer = z.object({
  decision: z.boolean(),
  context: z.union([
    decisionContext,
    briefContext,
    z.object({ error: z.object({ status: z.int(), message: z.string() }) }),
  ]),
})

export const evaluationsAnswer = z.union([evaluationAnswer, z.object({ evaluations: z.array(itemAnswer) })])

export const pageAnswer = z.object({ next_token: z.string(), count: z.int() })
export const entitiesAnswer = z.object({
  page: pageAnswer,
  results: z.array(z.object({ type: z.string(), id: z.string() })),
})
export const actionsAnswer = z.object({ page: pageAnswer, results: z.array(z.object({ name: z.string() })) })
