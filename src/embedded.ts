import { systemClock } from './lib/clock.ts'
import { type Embedded, type EmbeddedOptions, embed } from './pdp/embedded.ts'
import { loadShipped } from './server.ts'

let shipped: ReturnType<typeof loadShipped> | null = null

/**
 * The engine in this process, with the rules that ship: the answers the service would give. Fails with a `PdpError` that
 * says what is wrong with the model, the policy, a tuple or an attribute.
 */
export function createEngine(options: EmbeddedOptions = {}): Embedded {
  shipped ??= loadShipped()
  return embed(shipped, systemClock, options)
}
