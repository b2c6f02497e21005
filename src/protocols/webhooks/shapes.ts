import { z } from 'zod'
import { isEventPattern, type Webhook } from '../../agents/webhook.ts'
import type { Attempt, Delivery, Outlet } from '../../pdp/delivery/port.ts'
import type { WebhookSaid } from '../../pdp/webhooks/webhooks.ts'
import { definedOf, iso, isoOrNull } from '../registry/shapes.ts'

/** Headers that say what a message is, or how long: those are ours to say. */
const OURS =
  /^(?:host|content-.*|transfer-encoding|connection|accept.*|user-agent|webhook-.*|x-lumo.*|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected names of letters, digits and hyphens')
      .refine(name => !OURS.test(name), 'expected a header that is not set by the service'),
    z.string().regex(/^[\x20-\x7e]{0,1024}$/, 'expected printable characters'),
  )
  .refine(all => Object.keys(all).length <= 10, 'expected at most 10 headers')

const configuration = z
  .strictObject({ max_in_flight: z.int().min(1).max(16), headers })
  .partial()
  .describe('`headers` are not shown again, but for their names')

const events = z
  .array(
    z
      .string()
      .max(100)
      .refine(isEventPattern, 'expected the type of an event, such as `jit.requested`, `jit.*` or `*`'),
  )
  .min(1)
  .max(100)

const members = {
  url: z.string().min(1).max(2048),
  events,
  description: z.string().max(500),
  isActive: z.boolean(),
  configuration,
}
export const webhookUpdate = z.strictObject(members).partial()
export const webhookCreate = webhookUpdate.required({ url: true, events: true })

export function webhookSaid(body: z.output<typeof webhookUpdate>): WebhookSaid {
  const { configuration, ...more } = body
  if (configuration === undefined) return definedOf(more)
  const { max_in_flight, headers } = configuration
  return { ...definedOf(more), configuration: definedOf({ maxInFlight: max_in_flight, headers }) }
}

export const webhookBody = z.object({
  id: z.int(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  type: z.literal('webhook'),
  isActive: z.boolean(),
  disabledReason: z.string().nullable(),
  failureCount: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  lastTriggeredAt: z.string().nullable(),
  configuration: z.object({ max_in_flight: z.int(), header_names: z.array(z.string()) }),
})

export const webhookShown = (webhook: Webhook, outlet: Outlet | undefined) => ({
  id: Number(webhook.id),
  url: webhook.url,
  description: webhook.description,
  events: webhook.events,
  type: 'webhook',
  isActive: webhook.isActive,
  disabledReason: webhook.disabledBecause,
  failureCount: outlet?.failures ?? 0,
  createdAt: iso(webhook.createdAt),
  updatedAt: iso(webhook.updatedAt),
  lastTriggeredAt: isoOrNull(outlet?.lastAt ?? null),
  configuration: {
    max_in_flight: webhook.configuration.maxInFlight,
    header_names: Object.keys(webhook.configuration.headers),
  },
})

const attemptBody = z.object({
  at: z.string(),
  duration_ms: z.int(),
  status: z.int().nullable(),
  error: z.string().nullable(),
})

export const deliveryBody = z.object({
  id: z.string(),
  event_id: z.string(),
  event: z.string(),
  state: z.enum(['waiting', 'delivered', 'dead']),
  attempts: z.int(),
  next_attempt_at: z.string().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  history: z.array(attemptBody),
  payload: z.string().optional(),
})

const attemptShown = ({ at, ms, status, error }: Attempt) => ({ at: iso(at), duration_ms: ms, status, error })

export const deliveryShown = ({ id, event, type, state, attempts, nextAt, createdAt, endedAt, tried }: Delivery) => ({
  id,
  event_id: event,
  event: type,
  state,
  attempts,
  next_attempt_at: state === 'waiting' ? iso(nextAt) : null,
  created_at: iso(createdAt),
  ended_at: isoOrNull(endedAt),
  history: tried.map(attemptShown),
})
