import { POLL } from '../../pdp/signals/poll.ts'
import type { Outgoing } from '../../pdp/webhooks/open.ts'
import type { Route } from '../route.ts'
import { receiveRoute } from './receive.ts'
import { riskRoutes } from './risk.ts'
import { transmitterRoutes } from './transmitters.ts'

/** What is heard of risk, from admins and from transmitters. */
export function signalRoutes(outgoing: Outgoing, perMinute: number): readonly Route[] {
  const { service, masterKey, mayFetch, deliveries, look, receiving } = outgoing
  return [
    ...riskRoutes(service),
    receiveRoute(receiving, perMinute),
    ...transmitterRoutes({
      service,
      masterKey,
      mayFetch,
      async polled(org, { id, poll }) {
        if (poll === null) return deliveries.closeOutlet(org, `${POLL}:${id}`)
        await deliveries.openOutlet(org, `${POLL}:${id}`, 0)
        look()
      },
    }),
  ]
}
