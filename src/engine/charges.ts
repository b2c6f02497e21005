import type { Charge, Meter } from '../policy/charge.ts'
import { budgetCharges } from './budgeted.ts'
import type { Call, Clause } from './clause.ts'
import { chargeOf } from './limit.ts'
import { truthOf } from './truth.ts'

/** Whether what a clause comes to hangs on what meters stand at. */
export function isMetered(clause: Clause): boolean {
  switch (clause.kind) {
    case 'all':
    case 'any':
      return clause.of.some(isMetered)
    case 'not':
      return isMetered(clause.of)
    default:
      return clause.kind === 'limit' || clause.kind === 'budgeted'
  }
}

const NONE: readonly Charge[] = Object.freeze([])

/**
 * What it takes that a clause comes to `truth`, as it does for this call: the charges of limits that hold and without
 * which it would not. Where one of several is enough, and one is for nothing, nothing is taken; else all of them are.
 */
export function chargesFor(clause: Clause, truth: 'yes' | 'no', call: Call): readonly Charge[] {
  switch (clause.kind) {
    case 'all':
      return truth === 'yes' ? ofEach(clause.of, truth, call) : ofSome(clause.of, truth, call)
    case 'any':
      return truth === 'no' ? ofEach(clause.of, truth, call) : ofSome(clause.of, truth, call)
    case 'not':
      return chargesFor(clause.of, truth === 'yes' ? 'no' : 'yes', call)
    case 'limit': {
      const charge = truth === 'yes' ? chargeOf(clause, call) : null
      return charge === null || charge.amount === 0 ? NONE : [charge]
    }
    case 'budgeted':
      return truth === 'yes' ? budgetCharges(clause, call) : NONE
    default:
      return NONE
  }
}

const ofEach = (parts: readonly Clause[], truth: 'yes' | 'no', call: Call): readonly Charge[] =>
  parts.flatMap(part => chargesFor(part, truth, call))

function ofSome(parts: readonly Clause[], truth: 'yes' | 'no', call: Call): readonly Charge[] {
  const all: Charge[] = []
  for (const part of parts) {
    if (truthOf(part, call) !== truth) continue
    const charges = chargesFor(part, truth, call)
    if (charges.length === 0) return NONE
    all.push(...charges)
  }
  return all
}

/** One text for each meter. */
export const meterText = ({ counter, window }: Meter): string => {
  if (window.kind === 'ever') return `ever ${counter}`
  return window.kind === 'sliding' ? `${window.length} ${counter}` : `${window.from}-${window.until} ${counter}`
}

/** Each meter once, however many rules and links speak of it: one act takes from it once, within the lowest cap. */
export function merged(charges: readonly Charge[]): readonly Charge[] {
  const byMeter = new Map<string, Charge>()
  for (const charge of charges) {
    const key = meterText(charge)
    const known = byMeter.get(key)
    if (known === undefined) byMeter.set(key, charge)
    else {
      const lower = charge.cap < known.cap ? charge : known
      byMeter.set(key, { ...lower, amount: Math.max(charge.amount, known.amount) })
    }
  }
  return [...byMeter.values()]
}
