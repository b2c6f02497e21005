import { z } from 'zod'
import { EVENT_GROUPS } from '../../agents/webhook.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { outletOf } from '../../pdp/webhooks/channel.ts'
import type { Outgoing } from '../../pdp/webhooks/open.ts'
import { createWebhook, deleteWebhook, rotateSecret, updateWebhook, webhookNamed } from '../../pdp/webhooks/webhooks.ts'
import { byAge, oneWith, pageBody, pageOf, pages, versioned } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'
import { callbackSecretRoute } from './callback-secret.ts'
import { deliveryRoutes } from './deliveries.ts'
import { BASE, ONE, READ, TAG, WRITE } from './doors.ts'
import { webhookBody, webhookCreate, webhookSaid, webhookShown, webhookUpdate } from './shapes.ts'

const DAY_S = 86_400
const withSecret = z.object({ data: webhookBody.extend({ secret: z.string() }), message: z.string() })

/** Webhooks as an admin keeps them. */
export function webhookRoutes(doors: Outgoing): readonly Route[] {
  const { service, masterKey, deliveries, mayFetch, head, look } = doors
  const one = oneWith(webhookBody)

  const shown = async ({ org, registry }: OrgState, id: string) => {
    const outlets = await deliveries.outlets(org.slug)
    const webhook = registry.webhooks.get(id)
    if (webhook === undefined) throw new PdpError('identity_not_found', `there is no webhook \`${id}\``)
    return webhookShown(
      webhook,
      outlets.find(outlet => outlet.id === outletOf(id)),
    )
  }

  const checkUrl = (url: string | undefined): void => {
    if (url === undefined || mayFetch(url)) return
    throw new PdpError('invalid_request', '`url`: expected an https URL without user and fragment; see FETCH_ALLOW')
  }

  const update = (method: 'PUT' | 'PATCH', operation: string): Route =>
    route({
      operation,
      method,
      path: ONE,
      tag: TAG,
      summary: 'Change what is said and leave the rest',
      needs: WRITE,
      body: webhookUpdate,
      answers: { 200: { description: 'the webhook', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        checkUrl(body.url)
        const editor = { by: nameOf(principal), ifMatch }
        const webhook = await updateWebhook(service, state, params.id ?? '', webhookSaid(body), editor)
        const data = await shown(state, webhook.id)
        return versioned(webhook.version, { data, message: 'Webhook updated successfully' })
      },
    })

  const turn = (isActive: boolean): Route =>
    route({
      operation: isActive ? 'enableWebhook' : 'disableWebhook',
      method: 'POST',
      path: `${ONE}/${isActive ? 'enable' : 'disable'}`,
      tag: TAG,
      summary: isActive
        ? 'Go on where it stopped, or, with `skip`, from now on'
        : 'Send nothing until it is enabled again; what happens meanwhile is kept',
      needs: WRITE,
      body: z.strictObject({ skip: z.boolean().default(false) }).partial(),
      optionalBody: true,
      answers: { 200: { description: 'the webhook', schema: one } },
      async handle({ state, params, body, principal }) {
        const id = webhookNamed(state, params.id ?? '').id
        const { slug } = state.org
        if (isActive && body.skip === true) {
          await deliveries.skip(slug, outletOf(id), await head(slug), service.clock())
        }
        const editor = { by: nameOf(principal), ifMatch: null }
        const { version } = await updateWebhook(service, state, id, { isActive }, editor)
        return versioned(version, { data: await shown(state, id) })
      },
    })

  return [
    route({
      operation: 'createWebhook',
      method: 'POST',
      path: BASE,
      tag: TAG,
      summary: 'Be told of what happens in the org; the secret is shown this once',
      needs: WRITE,
      body: webhookCreate,
      answers: { 201: { description: 'the webhook, and its secret', schema: withSecret } },
      async handle({ state, body, principal }) {
        checkUrl(body.url)
        const { slug } = state.org
        const at = await head(slug)
        const said = { ...webhookSaid(body), url: body.url, events: body.events }
        const open = (id: string) => deliveries.openOutlet(slug, outletOf(id), at)
        const made = await createWebhook(service, masterKey, state, said, nameOf(principal), open)
        look()
        const data = { ...(await shown(state, made.webhook.id)), secret: made.secret }
        return versioned(1, { data, message: 'Webhook created successfully' }, 201)
      },
    }),
    route({
      operation: 'listWebhooks',
      method: 'GET',
      path: BASE,
      tag: TAG,
      summary: 'Webhooks of the org, in the order they came',
      needs: READ,
      query: z.object(pages),
      answers: { 200: { description: 'webhooks', schema: pageOf(webhookBody, 'webhooks') } },
      async handle({ state, query }) {
        const outlets = new Map((await deliveries.outlets(state.org.slug)).map(outlet => [outlet.id, outlet]))
        const all = [...state.registry.webhooks.values()].sort(byAge)
        const body = pageBody('webhooks', all, query, webhook =>
          webhookShown(webhook, outlets.get(outletOf(webhook.id))),
        )
        return { status: 200, body }
      },
    }),
    route({
      operation: 'listWebhookEvents',
      method: 'GET',
      path: `${BASE}/events`,
      tag: TAG,
      summary: 'Groups of events a webhook can be told of',
      needs: READ,
      answers: {
        200: {
          description: 'groups, each taken whole by its pattern',
          schema: z.object({ data: z.array(z.object({ pattern: z.string(), about: z.string() })) }),
        },
      },
      handle: () => ({
        status: 200,
        body: { data: Object.entries(EVENT_GROUPS).map(([group, about]) => ({ pattern: `${group}.*`, about })) },
      }),
    }),
    route({
      operation: 'getWebhook',
      method: 'GET',
      path: ONE,
      tag: TAG,
      summary: 'One webhook',
      needs: READ,
      answers: { 200: { description: 'the webhook; its version is the ETag', schema: one } },
      async handle({ state, params }) {
        const { id, version } = webhookNamed(state, params.id ?? '')
        return versioned(version, { data: await shown(state, id) })
      },
    }),
    update('PATCH', 'updateWebhook'),
    update('PUT', 'putWebhook'),
    route({
      operation: 'deleteWebhook',
      method: 'DELETE',
      path: ONE,
      tag: TAG,
      summary: 'Forget a webhook and what was sent to it',
      needs: WRITE,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal }) {
        const { id } = webhookNamed(state, params.id ?? '')
        await deleteWebhook(service, state, id, nameOf(principal))
        await deliveries.closeOutlet(state.org.slug, outletOf(id))
        return { status: 204 }
      },
    }),
    turn(true),
    turn(false),
    route({
      operation: 'rotateWebhookSecret',
      method: 'POST',
      path: `${ONE}/rotate-secret`,
      tag: TAG,
      summary: 'A new secret, shown this once; the one before signs beside it for a while',
      needs: WRITE,
      body: z.strictObject({
        overlap_seconds: z
          .int()
          .min(0)
          .max(7 * DAY_S)
          .default(DAY_S),
      }),
      optionalBody: true,
      answers: { 200: { description: 'the webhook, and its new secret', schema: withSecret } },
      async handle({ state, params, body, principal, ifMatch }) {
        const { id } = webhookNamed(state, params.id ?? '')
        const editor = { by: nameOf(principal), ifMatch }
        const { secret } = await rotateSecret(service, masterKey, state, id, body.overlap_seconds * 1_000, editor)
        return { status: 200, body: { data: { ...(await shown(state, id)), secret }, message: 'Secret rotated' } }
      },
    }),
    ...deliveryRoutes(doors),
    callbackSecretRoute(doors),
  ]
}
