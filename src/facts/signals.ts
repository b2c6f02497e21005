import { isRisky, RISK_LEVEL, type Signal, UNREVIEWED_RISK } from '../agents/signal.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'

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

/** Of whom nothing was heard there is little risk: rules may ask for it. */
export const unheardAttribute = ({ type }: Entity, name: string): Json | undefined =>
  isRisky(type) && (name === RISK_LEVEL || name === UNREVIEWED_RISK) ? 'low' : undefined
