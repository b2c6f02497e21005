import { z } from 'zod'

/** Lists: `meta` and `pagination` are one object, for older and newer clients. */
const pagination = z.object({ limit: z.int(), hasNextPage: z.boolean(), next_token: z.string() })

export const listOf = (item: z.ZodType, resourceType: string) =>
  z.object({ data: z.array(item), meta: pagination, pagination, resourceType: z.literal(resourceType) })

export function listBody<T>(resourceType: string, data: readonly T[], limit: number, nextToken: string) {
  const page = { limit, hasNextPage: nextToken !== '', next_token: nextToken }
  return { data, meta: page, pagination: page, resourceType }
}

export const paging = {
  limit: z.coerce.number().int().min(1).max(100).default(25),
  page_token: z.string().max(4096).optional(),
}

export const one = (item: z.ZodType) => z.object({ data: item })

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected 1 to 63 lower-case letters, digits and inner hyphens')

/** Text that any store keeps as it is: no NUL. */
export const text = (max: number) => z.string().max(max)
/** Characters of a policy. */
export const MOST_TEXT = 1_048_576
export const label = z.string().min(1).max(200)

export const revisionOf = z.object({ revision: z.int() })

export const span = z.object({ start: z.int(), end: z.int(), line: z.int(), column: z.int() })

export const diagnostic = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  span,
  message: z.string(),
  expected: z.array(z.string()),
  suggestion: z.string().nullable(),
})
