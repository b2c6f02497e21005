import { z } from 'zod'
import { decisionContext, jsonObject, missing, pageAnswer } from '../authzen/shapes.ts'
import { capabilityMember } from '../evidence.ts'

export const asked = z.object({
  action: z.string().min(1).max(1024).nullish(),
  question: z.string().min(1).max(4096).nullish(),
  context: jsonObject.nullish(),
  /** What was given to whoever asks: nothing beyond that is allowed. */
  capability: capabilityMember.optional(),
  /** Whether what is allowed is done now, and takes from budgets. */
  spend: z.boolean().optional(),
  /** The same key again takes nothing more. */
  idempotency_key: z.string().min(1).max(256).optional(),
  page: z.object({ token: z.string().max(8192).optional(), limit: z.int().min(1).max(1000).optional() }).optional(),
})

const obligation = z.looseObject({ type: z.enum(['jit', 'confirm']) })

export const answer = z.object({
  allowed: z.boolean(),
  effect: z.enum(['allow', 'deny', 'escalate']),
  action: z.string(),
  actions: z.array(z.string()),
  question: z.string().optional(),
  context: jsonObject,
  reason: z.string(),
  explanation: z.string(),
  confidence: z.number(),
  confirmation_required: z.boolean(),
  understood: z.array(z.string()),
  understood_by: z.enum(['action', 'question', 'hints', 'model']),
  assumptions: z.array(z.string()),
  required_scopes: z.array(z.string()),
  missing: z.array(missing),
  audit_id: z.string(),
  decision_id: z.string().nullable(),
  obligations: z.array(obligation),
  requests: z.array(z.object({ request: jsonObject, decision: z.boolean(), context: decisionContext })),
  results: z
    .array(
      z.object({ action: z.string().optional(), type: z.string().optional(), id: z.string().nullable().optional() }),
    )
    .optional(),
  page: pageAnswer.optional(),
})
