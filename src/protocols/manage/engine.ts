import { z } from 'zod'
import type { Comparison } from '../../pdp/compare.ts'
import { abortMove, moveToServer } from '../../pdp/move.ts'
import { moveBack } from '../../pdp/move-back.ts'
import { current } from '../../pdp/moving.ts'
import { isUnloaded, type OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { verifyRelations } from '../../pdp/verify-relations.ts'
import { type Route, route } from '../route.ts'
import { one } from './shapes.ts'

const engine = z.object({
  engine: z.enum(['embedded', 'server']),
  server: z.string().nullable(),
  state: z.enum(['arriving', 'live', 'leaving']).nullable(),
  store_id: z.string().nullable(),
  /** Servers of the settings. */
  servers: z.array(z.string()),
  /** When the server's changes were last known to the end, on this node. */
  followed_at: z.string().nullable(),
})

export const comparison = z.object({
  tuples: z.int(),
  differing: z.int(),
  only_here: z.array(z.string()),
  only_there: z.array(z.string()),
  /** Whether the server's model is the org's. */
  same_model: z.boolean(),
  /** False where the relations do not fit in this node's memory: then no checks were compared. */
  sampled: z.boolean(),
  checks: z.int(),
  contrary: z.array(z.string()),
  undecided: z.int(),
})

export const verified = comparison.extend({
  /** What the server grants to some who do not have it, by the model. */
  misread: z.array(z.string()),
})

const moved = engine.extend({ comparison: comparison.nullable() })

/** Where the relations of an org are, and moving them. */
export function engineRoutes(service: Service): readonly Route[] {
  const base = '/orgs/{org}/api/v1/admin/relations'
  return [
    route({
      operation: 'getRelationsEngine',
      method: 'GET',
      path: `${base}/engine`,
      tag: 'relations',
      summary: 'Where the relations of the org are: in this service, or on an OpenFGA server',
      needs: { scope: 'org', act: { action: 'read', type: 'org_relation' }, anyway: true },
      answers: { 200: { description: 'the engine', schema: one(engine) } },
      handle: ({ state }) => ({ status: 200, body: { data: shownOf(service, state) } }),
    }),
    route({
      operation: 'moveRelations',
      method: 'POST',
      path: `${base}/move`,
      tag: 'relations',
      summary: 'Move the relations of the org to an OpenFGA server or back, compared before it counts; writes wait',
      needs: { scope: 'org', act: { action: 'move', type: 'org_relation' }, anyway: true },
      body: z
        .object({
          to: z.enum(['embedded', 'server']).optional(),
          server: z.string().min(1).max(63).default('default'),
          abort: z.literal(true).optional(),
        })
        .refine(({ to, abort }) => (to === undefined) === (abort === true), 'expected `to`, or `abort`'),
      answers: { 200: { description: 'where they are now, and what was compared', schema: one(moved) } },
      async handle({ state, body }) {
        const { slug } = state.org
        const result = await move(service, slug, body)
        const now = await current(service, slug)
        return { status: 200, body: { data: { ...shownOf(service, now), comparison: result } } }
      },
    }),
    route({
      operation: 'verifyRelations',
      method: 'POST',
      path: `${base}/verify`,
      tag: 'relations',
      summary: 'Compare the tuples of the org with those of its server, and what checks come to over both',
      needs: { scope: 'org', act: { action: 'move', type: 'org_relation' }, anyway: true },
      answers: { 200: { description: 'what they have or answer otherwise', schema: one(verified) } },
      async handle({ state }) {
        const { comparison: found, misread } = await verifyRelations(service, state.org.slug)
        return { status: 200, body: { data: { ...comparisonBody(found), misread } } }
      },
    }),
  ]
}

interface Wanted {
  readonly to?: 'embedded' | 'server' | undefined
  readonly server: string
  readonly abort?: true | undefined
}

async function move(service: Service, slug: string, { to, server, abort }: Wanted) {
  if (abort) {
    await abortMove(service, slug)
    return null
  }
  const made = to === 'embedded' ? await moveBack(service, slug) : await moveToServer(service, slug, server)
  return comparisonBody(made.comparison)
}

const comparisonBody = ({ onlyHere, onlyThere, sameModel, ...rest }: Comparison) => ({
  ...rest,
  only_here: onlyHere,
  only_there: onlyThere,
  same_model: sameModel,
})

function shownOf(service: Service, state: OrgState) {
  const { engine: has, away, feed } = state
  return {
    engine: away === null || isUnloaded(state) ? ('embedded' as const) : ('server' as const),
    server: has?.server ?? null,
    state: has?.state ?? null,
    store_id: has?.storeId ?? null,
    servers: [...service.servers.keys()].sort(),
    followed_at: away === null || feed.confirmedAt === 0 ? null : new Date(feed.confirmedAt).toISOString(),
  }
}
