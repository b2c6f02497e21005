import { z } from 'zod'
import { act } from '../../pdp/jit/use.ts'
import { chainOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { decisionContext, jsonObject } from '../authzen/shapes.ts'
import { contextOf } from '../decision.ts'
import { type Route, route } from '../route.ts'
import { base, tag, useSelf } from './tasks.ts'

const asked = z.object({
  action: z.object({ name: z.string().min(1).max(200) }),
  resource: z.object({
    type: z.string().min(1).max(200),
    id: z.string().min(1).max(512),
    properties: jsonObject.optional(),
  }),
  context: jsonObject.optional(),
  /** The same use sent again under it counts once. */
  use_id: z.string().min(1).max(128).optional(),
})

/** Where what was approved is done: the resource shows the token it was sent, and a use is taken. */
export function useRoute(service: Service): Route {
  return route({
    operation: 'usePermission',
    method: 'POST',
    path: `${base}/jit/use`,
    tag,
    summary: 'Do what the token is for: decides, and takes a use of what was approved',
    needs: useSelf,
    body: asked,
    answers: {
      200: { description: 'the decision', schema: z.object({ decision: z.boolean(), context: decisionContext }) },
    },
    async handle({ state, principal, body, ip }) {
      const { action, resource, context = {}, use_id: id = null } = body
      const { properties, ...on } = resource
      const request = {
        org: state.org.slug,
        ...chainOf(principal),
        action: action.name,
        resource: { ...on, ...(properties !== undefined && { properties }) },
        context: { ...context, ip },
        at: service.clock(),
      }
      const acting = { id: id === null ? null : `jit ${id}`, until: null }
      const { decision } = await act(service, state, principal, request, acting)
      return { status: 200, body: { decision: decision.effect === 'allow', context: contextOf(decision) } }
    },
  })
}
