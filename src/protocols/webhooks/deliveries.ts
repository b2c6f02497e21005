import { z } from 'zod'
import { timedId } from '../../lib/ids.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { OrgState } from '../../pdp/org.ts'
import { outletOf, sendTo } from '../../pdp/webhooks/channel.ts'
import type { Outgoing } from '../../pdp/webhooks/open.ts'
import { parcelOf } from '../../pdp/webhooks/payload.ts'
import { webhookNamed } from '../../pdp/webhooks/webhooks.ts'
import { oneWith, pageOf, pages } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'
import { ONE, READ, TAG, WRITE } from './doors.ts'
import { deliveryBody, deliveryShown } from './shapes.ts'

const path = `${ONE}/deliveries`
/** Deliveries begun with anew in one call. */
const MOST = 10_000

const replayed = z.object({ data: z.object({ replayed: z.int() }), message: z.string() })

/** What was sent to a webhook, what could not be, and sending it again. */
export function deliveryRoutes(doors: Outgoing): readonly Route[] {
  const { service, deliveries, stir } = doors
  const outlet = (state: OrgState, id: string): string => outletOf(webhookNamed(state, id).id)
  return [
    route({
      operation: 'testWebhook',
      method: 'POST',
      path: `${ONE}/test`,
      tag: TAG,
      summary: 'Send `webhook.test` once, now, also where it is disabled, and say what came of it',
      needs: WRITE,
      body: z.strictObject({}),
      optionalBody: true,
      answers: {
        200: {
          description: 'what came of it',
          schema: z.object({
            data: z.object({
              delivered: z.boolean(),
              event_id: z.string(),
              status: z.int().nullable(),
              error: z.string().nullable(),
              duration_ms: z.int(),
            }),
          }),
        },
      },
      async handle({ state, params }) {
        const webhook = webhookNamed(state, params.id ?? '')
        const { slug } = state.org
        const at = service.clock()
        const parcel = parcelOf(slug, timedId('evt', at), 'webhook.test', at, { webhook: Number(webhook.id) })
        const outcome = await sendTo(doors, slug, webhook, parcel)
        if (outcome.kind === 'held_up') throw new PdpError('overloaded', 'too much is being sent; try again shortly')
        const data = {
          delivered: outcome.kind === 'arrived',
          event_id: parcel.event,
          status: outcome.status,
          error: outcome.kind === 'failed' ? outcome.error : null,
          duration_ms: service.clock() - at,
        }
        return { status: 200, body: { data } }
      },
    }),
    route({
      operation: 'listWebhookDeliveries',
      method: 'GET',
      path,
      tag: TAG,
      summary: 'What was sent, newest first; `state=dead` is what was given up',
      needs: READ,
      query: z.object({ ...pages, state: z.enum(['waiting', 'delivered', 'dead']).optional() }),
      answers: { 200: { description: 'deliveries', schema: pageOf(deliveryBody, 'webhook_deliveries') } },
      async handle({ state, params, query }) {
        const { page, limit } = query
        const asked = { state: query.state ?? null, limit, offset: (page - 1) * limit }
        const found = await deliveries.deliveries(state.org.slug, outlet(state, params.id ?? ''), asked)
        const { total } = found
        const totalPages = Math.ceil(total / limit)
        const meta = { total, page, limit, totalPages, hasNextPage: page < totalPages, hasPreviousPage: page > 1 }
        const data = found.page.map(deliveryShown)
        return { status: 200, body: { data, meta, pagination: meta, resourceType: 'webhook_deliveries' } }
      },
    }),
    route({
      operation: 'getWebhookDelivery',
      method: 'GET',
      path: `${path}/{deliveryId}`,
      tag: TAG,
      summary: 'One delivery, with what is sent',
      needs: READ,
      answers: { 200: { description: 'the delivery', schema: oneWith(deliveryBody) } },
      async handle({ state, params }) {
        const name = params.deliveryId ?? ''
        const found = await deliveries.delivery(state.org.slug, outlet(state, params.id ?? ''), name)
        if (found === null) throw noDelivery(name)
        return { status: 200, body: { data: { ...deliveryShown(found), payload: found.body } } }
      },
    }),
    route({
      operation: 'replayWebhookDelivery',
      method: 'POST',
      path: `${path}/{deliveryId}/replay`,
      tag: TAG,
      summary: 'Send one again that has ended, with as many attempts as a new one',
      needs: WRITE,
      body: z.strictObject({}),
      optionalBody: true,
      answers: { 202: { description: 'it is on its way', schema: replayed } },
      async handle({ state, params }) {
        const [id, name] = [outlet(state, params.id ?? ''), params.deliveryId ?? '']
        const { slug } = state.org
        const count = await deliveries.replay(slug, id, { kind: 'one', delivery: name }, service.clock())
        if (count === 0 && (await deliveries.delivery(slug, id, name)) === null) throw noDelivery(name)
        if (count === 0) throw new PdpError('status_conflict', `\`${name}\` is on its way already`)
        stir(slug)
        return { status: 202, body: { data: { replayed: count }, message: 'It is sent again' } }
      },
    }),
    route({
      operation: 'replayWebhookDeliveries',
      method: 'POST',
      path: `${ONE}/replay`,
      tag: TAG,
      summary: `Send again what was made from an instant on and has ended, oldest first, at most ${MOST} at once`,
      needs: WRITE,
      body: z.strictObject({
        since: z.iso.datetime({ offset: true }),
        state: z.enum(['delivered', 'dead']).optional(),
      }),
      answers: { 202: { description: 'how many are on their way', schema: replayed } },
      async handle({ state, params, body }) {
        const id = outlet(state, params.id ?? '')
        const { slug } = state.org
        const from = Date.parse(body.since)
        const which = { kind: 'since', from, state: body.state ?? null, most: MOST } as const
        const count = await deliveries.replay(slug, id, which, service.clock())
        stir(slug)
        return { status: 202, body: { data: { replayed: count }, message: 'They are sent again' } }
      },
    }),
  ]
}

const noDelivery = (id: string): PdpError =>
  new PdpError('identity_not_found', `the webhook has no delivery \`${id}\`, or no longer`)
