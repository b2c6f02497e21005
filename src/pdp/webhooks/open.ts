import type { Notifier } from '../../facts/store.ts'
import type { Fetch } from '../../lib/fetch.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import type { Channel, DeliveryStore } from '../delivery/port.ts'
import { type DeliveryConfig, startDeliveries, stirring } from '../delivery/start.ts'
import type { JwksCache } from '../jwks.ts'
import type { Service } from '../service.ts'
import { POLL, pollWhile } from '../signals/poll.ts'
import type { ReceivePorts } from '../signals/receive.ts'
import { keepTidy } from '../signals/risk.ts'
import { callbackChannel, openWhereAsked } from './callbacks.ts'
import { type WebhookPorts, webhookChannel } from './channel.ts'

export interface OutgoingParts {
  readonly service: Service
  readonly notifier: Notifier
  readonly masterKey: MasterKey | null
  readonly fetch: Fetch
  readonly mayFetch: (url: string) => boolean
  readonly config: DeliveryConfig & Pick<WebhookPorts, 'waits' | 'disableAfter'>
  /** Ways out beside webhooks. */
  readonly channels: readonly Channel<unknown>[]
  /** Keys of those who tell us of risk. */
  readonly jwks: JwksCache
  readonly failed: (error: unknown) => void
}

/** What whoever makes outlets needs, beside what webhooks do. */
export interface Outgoing extends WebhookPorts {
  readonly deliveries: DeliveryStore
  readonly mayFetch: (url: string) => boolean
  /** The last place of an org's audit. */
  readonly head: (org: string) => Promise<number>
  /** An outlet was opened. */
  readonly look: () => void
  /** Something is to be sent that nothing was written for. */
  readonly stir: (org: string) => void
  readonly receiving: ReceivePorts
  readonly close: () => Promise<void>
}

/** Begins to send what orgs want to be told. */
export function openOutgoing(parts: OutgoingParts): Outgoing {
  const { service, notifier, masterKey, fetch, mayFetch, config, channels, jwks, failed } = parts
  const { store } = service
  const { waits, disableAfter } = config
  const ports: WebhookPorts = { service, auditSince: store.auditSince, masterKey, fetch, waits, disableAfter }
  const receiving = { service, jwks }
  const polling = { ...receiving, fetch, masterKey, failed }
  const poll = { kind: POLL, run: pollWhile.bind(null, polling) }
  const sender = startDeliveries(
    service,
    [webhookChannel(ports), callbackChannel(ports), ...channels],
    [poll],
    config,
    failed,
  )
  const head = async (org: string): Promise<number> => (await store.auditHead(org)).seq
  openWhereAsked({ service, failed }, store, head, sender.look)
  const stopTidying = keepTidy(service, failed)
  return {
    ...ports,
    deliveries: store,
    mayFetch,
    head,
    look: sender.look,
    stir: stirring(notifier),
    receiving,
    async close() {
      stopTidying()
      await sender.close()
    },
  }
}
