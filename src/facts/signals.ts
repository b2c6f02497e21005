import type { Signal } from '../agents/signal.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import { RISK_LEVEL, UNREVIEWED_RISK } from '../policy/unsaid.ts'

/** What signals say of an attribute; undefined where it is not theirs to say. */
export function signalAttribute(signals: ReadonlyMap<string, Signal>, entity: Entity, name: string): Json | undefined {
  if (signals.size === 0) return undefined
  const signal = signals.get(printEntity(entity))
  if (signal === undefined) return undefined
  switch (name) {
    case RISK_LEVEL:
      return signal.level
    case UNREVIEWED_RISK:
      return signal.unreviewed
    default:
      return Object.hasOwn(signal.said, name) ? signal.said[name]?.value : undefined
  }
}
