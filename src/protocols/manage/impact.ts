import { z } from 'zod'
import { type Impact, impactOf } from '../../pdp/impact.ts'
import { countTurns, type Flip, groupFlips } from '../../pdp/impact-rules.ts'
import { requestText } from '../../pdp/request-text.ts'
import type { Service } from '../../pdp/service.ts'
import { instantFrom } from '../request.ts'
import { type Route, route } from '../route.ts'
import { one } from './shapes.ts'
import { draftSource, textOf } from './source.ts'

const effect = z.enum(['allow', 'deny', 'escalate'])
const turns = z.array(z.object({ before: effect, after: effect, count: z.int() }))
const flip = z.object({
  decision: z.string(),
  at: z.string(),
  request: z.string(),
  before: effect,
  after: effect,
  logged: effect,
  rules: z.array(z.string()),
})

/** What `impact` answers; the CLI reads it back. */
export const impactAnswer = z.object({
  version: z.int(),
  facts: z.enum(['live', 'recorded']),
  looked: z.int(),
  unsure: z.int(),
  complete: z.boolean(),
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  flips: z.int(),
  turns,
  rules: z.array(
    z.object({
      rule: z.string(),
      sentence: z.string(),
      in: z.enum(['published', 'draft', 'both']),
      count: z.int(),
      turns,
      examples: z.array(flip),
    }),
  ),
})

const PATIENCE_MS = 15_000

/** What publishing a draft would change. */
export function impactRoutes(service: Service): readonly Route[] {
  const { store, shipped, clock } = service
  return [
    route({
      operation: 'policyImpact',
      method: 'POST',
      path: '/orgs/{org}/api/v1/admin/policies/impact',
      tag: 'policies',
      summary: 'Logged decisions that a text or draft would answer otherwise, by the rules that make the difference',
      needs: { scope: 'org', act: { action: 'read', type: 'org_decision' } },
      body: z.intersection(
        draftSource,
        z.object({
          last: z.int().min(1).max(10_000).default(1_000),
          since: z.string().max(64).optional(),
          facts: z.enum(['live', 'recorded']).default('live'),
          examples: z.int().min(0).max(50).default(5),
        }),
      ),
      answers: { 200: { description: 'flips, counted and grouped by rule', schema: one(impactAnswer) } },
      async handle({ state, body }) {
        const { last, facts, examples } = body
        const since = body.since === undefined ? null : instantFrom(body.since, 'since')
        const text = await textOf(service, state, body)
        const options = { last, since, facts, patience: PATIENCE_MS }
        const impact = await impactOf(store, shipped, clock, state, text, options, service.answered)
        return { status: 200, body: { data: { facts, ...impactBody(impact, examples, state.org.zone) } } }
      },
    }),
  ]
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

function impactBody({ flips, oldest, newest, ...rest }: Impact, examples: number, zone: string) {
  const flipBody = ({ request, rules, at, ...own }: Flip) => ({
    ...own,
    at: iso(at),
    request: requestText(request, zone),
    rules: rules.map(r => r.rule),
  })
  return {
    ...rest,
    oldest: iso(oldest),
    newest: iso(newest),
    flips: flips.length,
    turns: countTurns(flips),
    rules: groupFlips(flips, examples).map(group => ({ ...group, examples: group.examples.map(flipBody) })),
  }
}
