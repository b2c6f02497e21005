import type { Notifier } from '../facts/store.ts'
import { createRelay } from './notifier-relay.ts'

/** The notifier of a single node: what it announces, its own listeners hear. */
export function createMemoryNotifier(): Notifier {
  const relay = createRelay(async messages => {
    for (const message of messages) relay.receive(message)
  })
  return {
    announce: relay.announce,
    listen: relay.listen,
    callIn: relay.callIn,
    onCallIn: relay.onCallIn,
    close: async () => relay.close(),
  }
}
