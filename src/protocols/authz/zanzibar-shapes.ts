import { z } from 'zod'
import { jsonObject } from '../authzen/shapes.ts'
import { callContext, tupleMembers } from './tuple-text.ts'

export const question = z.object({ ...tupleMembers, context: callContext })
export const condition = z.object({ name: z.string().min(1).max(256), context: jsonObject.default({}) }).nullish()
export const listQuery = question.extend({
  page_size: z.int().min(1).max(1_000).nullish(),
  continuation_token: z.string().max(4_096).nullish(),
})

export const checkAnswer = z.object({
  allowed: z.boolean(),
  object: z.string(),
  relation: z.string(),
  subject: z.string(),
  user: z.string(),
  resolution_metadata: z
    .object({ resolved_via: z.enum(['direct', 'inheritance']), depth: z.int(), path: z.array(z.string()) })
    .optional(),
  missing: z.array(z.string()).optional(),
})
export const treeNode: z.ZodType = z
  .object({
    type: z.enum(['union', 'intersection', 'leaf']),
    object: z.string(),
    relation: z.string(),
    get children() {
      return z.array(treeNode)
    },
    subjects: z.array(z.string()),
    negated: z.literal(true).optional(),
  })
  .meta({ id: 'UsersetNode' })

export const writtenAnswer = z.object({ success: z.literal(true), tuple: z.string(), revision: z.int() })
export const objectsAnswer = z.object({ objects: z.array(z.string()), continuation_token: z.string() })
export const usersAnswer = z.object({
  users: z.array(z.string()),
  subjects: z.array(z.string()),
  wildcard: z.boolean(),
  except: z.array(z.string()),
  continuation_token: z.string(),
})
