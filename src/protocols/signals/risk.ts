import { z } from 'zod'
import { RISKS } from '../../agents/approval.ts'
import type { Signal } from '../../agents/signal.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { forget, raise, review, riskyNamed, signalOf } from '../../pdp/signals/risk.ts'
import { RISKY } from '../../policy/unsaid.ts'
import { byAge, iso, isoOrNull, oneWith, pageBody, pageOf, pages, versioned } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'

const base = '/orgs/{org}/api/v1/admin/risk'
const path = `${base}/{type}/{id}`
const tag = 'signals'
const read = { scope: 'org', act: { action: 'read', type: 'org_signal' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_signal' } } as const

const level = z.enum(RISKS)
const notes = z.string().max(1000).nullable().default(null)

const shown = z.object({
  subject: z.string(),
  level,
  since: z.string(),
  until: z.string().nullable(),
  source: z.string(),
  reason: z.string().nullable(),
  unreviewed: level,
  reviewed: z.object({ by: z.string(), at: z.string(), notes: z.string().nullable() }).nullable(),
  facts: z.record(z.string(), z.object({ value: z.string(), at: z.string(), source: z.string() })),
})

const signalShown = ({ id, level, since, until, source, reason, unreviewed, reviewed, said }: Signal) => ({
  subject: id,
  level,
  since: iso(since),
  until: isoOrNull(until),
  source,
  reason,
  unreviewed,
  reviewed: reviewed === null ? null : { ...reviewed, at: iso(reviewed.at) },
  facts: Object.fromEntries(
    Object.entries(said).map(([name, { value, at, source }]) => [name, { value, at: iso(at), source }]),
  ),
})

/** What is known of the risk of agents, people and tasks, and looking at it. */
export function riskRoutes(service: Service): readonly Route[] {
  const one = oneWith(shown)
  return [
    route({
      operation: 'listRisks',
      method: 'GET',
      path: base,
      tag,
      summary: 'Of whom something was heard, the worst first',
      needs: read,
      query: z.object({ ...pages, type: z.enum(RISKY).optional(), unreviewed: z.enum(['true']).optional() }),
      answers: { 200: { description: 'signals', schema: pageOf(shown, 'risks') } },
      handle({ state, query }) {
        const all = [...state.registry.signals.values()]
          .filter(({ of }) => query.type === undefined || of.type === query.type)
          .filter(({ unreviewed }) => query.unreviewed === undefined || unreviewed !== 'low')
          .sort((a, b) => rank(b) - rank(a) || byAge({ ...a, createdAt: a.since }, { ...b, createdAt: b.since }))
        return { status: 200, body: pageBody('risks', all, query, signalShown) }
      },
    }),
    route({
      operation: 'getRisk',
      method: 'GET',
      path,
      tag,
      summary: 'What is known of one: `low` where nothing was heard',
      needs: read,
      answers: { 200: { description: 'the signal; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const signal = signalOf(state, riskyNamed(state, params.type ?? '', params.id ?? ''), service.clock())
        return versioned(signal.version, { data: signalShown(signal) })
      },
    }),
    route({
      operation: 'putRisk',
      method: 'PUT',
      path,
      tag,
      summary: 'Say how much risk there is, from now on or until an instant; rules know of it at once',
      needs: write,
      body: z.strictObject({
        level,
        until: z.iso.datetime({ offset: true }).nullable().default(null),
        reason: z.string().max(1000).nullable().default(null),
      }),
      answers: { 200: { description: 'the signal', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const of = riskyNamed(state, params.type ?? '', params.id ?? '')
        const by = nameOf(principal)
        const { level, reason } = body
        const until = body.until === null ? null : Date.parse(body.until)
        const signal = await raise(service, state, of, { level, until, reason, source: by }, { by, ifMatch })
        return versioned(signal.version, { data: signalShown(signal) })
      },
    }),
    route({
      operation: 'reviewRisk',
      method: 'POST',
      path: `${path}/review`,
      tag,
      summary: 'Somebody looked: the risk is what they say, and what was to be reviewed is',
      needs: write,
      body: z.strictObject({ level: level.default('low'), notes }),
      optionalBody: true,
      answers: { 200: { description: 'the signal', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const of = riskyNamed(state, params.type ?? '', params.id ?? '')
        const signal = await review(service, state, of, body, { by: nameOf(principal), ifMatch })
        return versioned(signal.version, { data: signalShown(signal) })
      },
    }),
    route({
      operation: 'deleteRisk',
      method: 'DELETE',
      path,
      tag,
      summary: 'Forget all that was heard of one, facts of transmitters as well',
      needs: write,
      answers: { 204: { description: 'nothing is known of it' } },
      async handle({ state, params, principal }) {
        await forget(service, state, riskyNamed(state, params.type ?? '', params.id ?? ''), nameOf(principal))
        return { status: 204 }
      },
    }),
  ]
}

const rank = ({ level, unreviewed }: Signal): number => RISKS.indexOf(unreviewed) * 4 + RISKS.indexOf(level)
