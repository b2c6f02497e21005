import { z } from 'zod'

/** Rule, clause, fact or tuple behind a decision. */
export const traceNode: z.ZodType = z
  .object({
    kind: z.enum(['link', 'rule', 'clause', 'fact', 'tuple']),
    text: z.string(),
    truth: z.enum(['yes', 'no', 'unknown']),
    rule: z.string().optional(),
    get children() {
      return z.array(traceNode)
    },
  })
  .meta({ id: 'TraceNode' })
