import { typeFor, type Webhook } from '../../agents/webhook.ts'
import type { Fetch } from '../../lib/fetch.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import type { Channel, Delivery, Outcome, Source } from '../delivery/port.ts'
import { BY_DEFAULT, type Schedule } from '../delivery/schedule.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { type Audited, type AuditSince, isToldAgain, payloadOf } from './payload.ts'
import { post } from './post.ts'
import { secretsAt, signed } from './secret.ts'
import { switchOff } from './webhooks.ts'

/** What webhooks, and whatever else tells of the audit, stand on. */
export interface WebhookPorts {
  readonly service: Service
  readonly auditSince: AuditSince
  readonly masterKey: MasterKey | null
  /** A way out of their own: hanging receivers must not hold up what else is fetched. */
  readonly fetch: Fetch
  /** From a failure to the next attempt, in milliseconds. */
  readonly waits: readonly number[]
  /** Deliveries given up in a row after which a webhook is switched off. */
  readonly disableAfter: number
}

const WEBHOOK = 'webhook'
export const outletOf = (id: string): string => `${WEBHOOK}:${id}`

/** The audit of an org, as deliveries are made from it. */
export const auditSource = (since: AuditSince): Source<Audited> => ({
  async page(org, after, limit) {
    const events = await since(org, after, limit)
    return { happened: events.map(event => ({ seq: event.seq, event })), next: events.at(-1)?.seq ?? after }
  },
})

/** The org as it is in memory: its webhooks are as new as the news that woke the sender. */
export const stateOf = (service: Service, org: string): Promise<OrgState> => service.orgs.getAnyway(org)

export function webhookChannel(ports: WebhookPorts): Channel<Audited> {
  const { service, auditSince, waits, disableAfter } = ports
  return {
    kind: WEBHOOK,
    source: auditSource(auditSince),
    async target(org, outlet) {
      const state = await stateOf(service, org)
      const webhook = state.registry.webhooks.get(outlet.slice(WEBHOOK.length + 1))
      if (webhook === undefined) return null
      return {
        on: webhook.isActive,
        schedule: scheduleOf(waits, webhook),
        parcel(event) {
          const type = isToldAgain(event) ? null : typeFor(webhook.events, event.kind)
          return type === null ? null : payloadOf(org, event, type)
        },
        send: delivery => sendTo(ports, org, webhook, delivery),
        async gaveUp({ tried }, failures) {
          const gone = tried.at(-1)?.status === 410
          if (gone) await switchOff(service, org, webhook.id, 'the receiver says that it is gone (410)')
          else if (failures >= disableAfter) {
            await switchOff(service, org, webhook.id, `${failures} deliveries in a row were given up`)
          }
        },
      }
    },
  }
}

const scheduleOf = (waits: readonly number[], { configuration }: Webhook): Schedule => ({
  ...BY_DEFAULT,
  waits,
  longestRest: Math.min(BY_DEFAULT.longestRest, waits[0] ?? 0),
  inFlight: configuration.maxInFlight,
})

/** Sends one message to a webhook, signed with the secrets it has now. */
export async function sendTo(
  { masterKey, service, fetch }: Pick<WebhookPorts, 'masterKey' | 'service' | 'fetch'>,
  org: string,
  webhook: Webhook,
  { event, type, body }: Pick<Delivery, 'event' | 'type' | 'body'>,
): Promise<Outcome> {
  const now = service.clock()
  const secrets = secretsAt(masterKey, org, webhook.id, webhook.secrets, now)
  // INVARIANT: nothing is sent unsigned.
  if (secrets.length === 0) {
    return { kind: 'failed', status: null, error: 'the master key of this instance does not open its secret' }
  }
  const headers = {
    ...webhook.configuration.headers,
    'x-lumoauth-event': type,
    ...signed(secrets, event, now, body),
  }
  return post(fetch, { url: webhook.url, headers, body })
}
