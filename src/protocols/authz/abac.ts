import { z } from 'zod'
import { attributesOf } from '../../pdp/attributes.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { summaryOf } from '../../pdp/summary.ts'
import type { Decision, Reason } from '../../policy/decision.ts'
import type { Json } from '../../policy/json.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { type Reply, type Route, route } from '../route.ts'
import { type AbacAsked, type AbacCheck, abacAsked, abacCheck, abacCheckIn } from './abac-ask.ts'
import { decide } from './decide.ts'
import { AuthzError, CHECK_ERRORS, refusal } from './error.ts'
import { type Calling, mayCheck, mayViewAttributes, mayViewPolicies, mustCheck, SELF } from './rights.ts'
import { type Asker, askerOf, subjectMembers } from './subject.ts'

export const ABAC_BASES = [
  { base: '/orgs/{org}/api/v1/abac', name: 'InOrg' },
  { base: '/api/v1/abac', name: '' },
] as const

const items = z.array(z.unknown()).min(1).max(100).nullish()
const bulk = z.object({
  ...{ checks: items, requests: items, environment: jsonObject.nullish(), context: jsonObject.nullish() },
  ...subjectMembers,
})

/** Clients refuse an answer whose policies lack any of these members. */
const matched = z.object({ id: z.string(), name: z.string(), effect: z.enum(['allow', 'deny']), priority: z.int() })
const checkAnswer = z.object({
  allowed: z.boolean(),
  reason: z.string(),
  matchedPolicies: z.array(matched).optional(),
  evaluationContext: z.object({ user: jsonObject, resource: jsonObject, environment: jsonObject }).optional(),
  user_id: z.string(),
  resourceType: z.string(),
  action: z.string(),
  resourceId: z.string().nullable(),
  decision_id: z.string(),
})
const result = z.object({
  index: z.int(),
  resourceType: z.string().optional(),
  action: z.string().optional(),
  resourceId: z.string().nullable().optional(),
  allowed: z.boolean(),
  reason: z.string().optional(),
  error: z.string().optional(),
})
const bulkAnswer = z.object({ results: z.array(result), user_id: z.string() })

/** Decisions in the words of attribute-based access control. */
export function abacRoutes(service: Service): readonly Route[] {
  return ABAC_BASES.flatMap(({ base, name }) => {
    const shared = { method: 'POST', tag: 'abac', needs: SELF, errors: CHECK_ERRORS, refusal } as const
    return [
      route({
        ...shared,
        operation: `abacCheck${name}`,
        path: `${base}/check`,
        summary: 'May a subject do this to a resource, with these attributes around it?',
        body: abacCheck,
        answers: {
          200: { description: 'the decision, with as much of its reasons as the caller may see', schema: checkAnswer },
        },
        handle: call => one(service, call, call.body),
      }),
      ...(['check-bulk', 'check/batch'] as const).map(path =>
        route({
          ...shared,
          operation: `abacCheck${path === 'check-bulk' ? 'Bulk' : 'Batch'}${name}`,
          path: `${base}/${path}`,
          summary: 'Several questions at once, answered in their order',
          body: bulk,
          answers: { 200: { description: 'a result an item', schema: bulkAnswer } },
          handle: call => many(service, call, call.body),
        }),
      ),
    ]
  })
}

async function askerIn(service: Service, calling: Calling, given: Pick<AbacCheck, 'subject' | 'user_id'>) {
  const asker = askerOf(calling.principal, given)
  if (!asker.own) await mustCheck(service, calling)
  return asker
}

const echo = ({ action, resource }: AbacAsked) => ({ resourceType: resource.type, action, resourceId: resource.id })

async function one(service: Service, calling: Calling, body: AbacCheck): Promise<Reply> {
  const asker = await askerIn(service, calling, body)
  const asked = abacAsked(body)
  const decision = await decide(service, calling.state, asker, asked, asked.context)
  const reason = reasonOf(decision, await mayCheck(service, calling))
  const policies = (await mayViewPolicies(service, calling)) ? { matchedPolicies: decision.reasons.map(policyOf) } : {}
  const attributes = (await mayViewAttributes(service, calling))
    ? { evaluationContext: worldOf(calling, asker, asked) }
    : {}
  const { id: decision_id, effect } = decision
  const answer = { allowed: effect === 'allow', reason, ...policies, ...attributes, user_id: asker.subject.id }
  return { status: 200, body: { ...answer, ...echo(asked), decision_id } }
}

/** An item that cannot be read is denied, with the error in its place. */
async function many(service: Service, calling: Calling, body: z.infer<typeof bulk>): Promise<Reply> {
  const list = body.checks ?? body.requests
  if (list == null)
    throw new AuthzError('MISSING_FIELDS', 'expected `checks` (or `requests`), a list of 1 to 100 questions')
  const asker = await askerIn(service, calling, body)
  const whole = await mayCheck(service, calling)
  const results: z.infer<typeof result>[] = []
  for (const [index, item] of list.entries()) {
    try {
      const check = abacCheckIn(item)
      const asked = abacAsked(check, body)
      const about = check.subject == null && check.user_id == null ? asker : await askerIn(service, calling, check)
      const decision = await decide(service, calling.state, about, asked, asked.context)
      results.push({ index, ...echo(asked), allowed: decision.effect === 'allow', reason: reasonOf(decision, whole) })
    } catch (error) {
      const isOfItem = error instanceof AuthzError || (error instanceof PdpError && error.code === 'invalid_request')
      if (!isOfItem) throw error
      results.push({ index, ...said(item), allowed: false, reason: error.message, error: error.message })
    }
  }
  return { status: 200, body: { results, user_id: asker.subject.id } }
}

/** What an item that cannot be read does say. */
function said(item: unknown): { readonly resourceType?: string; readonly action?: string } {
  const { resourceType, action } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
  return { ...(typeof resourceType === 'string' && { resourceType }), ...(typeof action === 'string' && { action }) }
}

const BRIEF = { allow: 'allowed', deny: 'denied', escalate: 'needs approval' } as const

/** Rules and what is missing are named to whoever may ask about anybody, as over AuthZEN; to others the outcome. */
const reasonOf = (decision: Decision, whole: boolean): string => (whole ? summaryOf(decision) : BRIEF[decision.effect])

/** The order in which rules decide: a forbid, then an approval, then a permit. */
const ORDER = { forbid: 1_000, approval: 500, grant: 500, permit: 0 } as const

const policyOf = ({ rule, sentence, effect }: Reason): z.infer<typeof matched> => ({
  id: rule,
  name: sentence,
  effect: effect === 'permit' || effect === 'grant' ? 'allow' : 'deny',
  priority: ORDER[effect],
})

/** The attributes a decision could read: stored ones go before those that came with the question. */
function worldOf({ state }: Calling, { subject }: Asker, { resource, context }: AbacAsked): Record<string, Json> {
  const { type, id, properties } = resource
  const stored = id === null ? {} : attributesOf(state, { type, id })
  return {
    user: { ...subject.properties, ...attributesOf(state, subject) },
    resource: { ...properties, ...stored },
    environment: context,
  }
}
