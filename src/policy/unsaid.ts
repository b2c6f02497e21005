import type { Json } from './json.ts'

/** Types of whom risk is told. */
export const RISKY = ['agent', 'user', 'service', 'task'] as const
export type Risky = (typeof RISKY)[number]

export const isRisky = (type: string): type is Risky => RISKY.some(one => one === type)

export const RISK_LEVEL = 'risk_level'
export const UNREVIEWED_RISK = 'unreviewed_risk'

/**
 * What an attribute is where nobody says, so that rules may ask for it: an agent is not registered, and whoever nobody
 * warned of is of little risk. Undefined where it is nothing then.
 */
export function unsaidAttribute(type: string, name: string): Json | undefined {
  if (type === 'agent' && name === 'status') return 'unregistered'
  return isRisky(type) && (name === RISK_LEVEL || name === UNREVIEWED_RISK) ? 'low' : undefined
}
