import { hostname } from 'node:os'
import type { Notifier, Store } from '../../facts/store.ts'
import { randomText } from '../../lib/ids.ts'
import type { Service } from '../service.ts'
import type { Channel } from './port.ts'
import { createSender, type Errand, type Sender } from './sender.ts'

/** How this process sends. */
export interface DeliveryConfig {
  /** How long an outlet stays with a process that says nothing more. */
  readonly leaseMs: number
  /** How long deliveries that have ended are kept. */
  readonly keepForMs: number
}

const CLAIM_MS = 2_000
/** News come by message; this is for those that were lost. */
const IDLE_MS = 15_000

export function startDeliveries(
  service: Service,
  channels: readonly Channel<unknown>[],
  others: readonly Errand[],
  { leaseMs, keepForMs }: DeliveryConfig,
  failed: (error: unknown) => void,
): Sender {
  return createSender({
    store: service.store,
    channels,
    others,
    follow: service.orgs.follow,
    clock: service.clock,
    node: `${hostname()} ${process.pid} ${randomText(9)}`,
    leaseMs,
    claimMs: CLAIM_MS,
    idleMs: IDLE_MS,
    keepForMs,
    failed,
  })
}

/** No revision: whoever follows the org looks anew, on every node. */
const NO_REVISION = 0

/** Tells all nodes that there is something to look at in an org, though nothing of its state changed. */
export const stirring =
  (notifier: Notifier) =>
  (org: string): void =>
    notifier.announce(org, NO_REVISION)

/** The store as the audit's writer has it: what it wrote is looked at at once. */
export const toldOf = (store: Store, stir: (org: string) => void): Pick<Store, 'appendAudit'> => ({
  async appendAudit(org, batch) {
    await store.appendAudit(org, batch)
    stir(org)
  },
})
