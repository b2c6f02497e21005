import { type Decimal, normalize, printDecimal } from '../lib/decimal.ts'
import { DAY, isInstant, localTime, MINUTE } from '../lib/zone.ts'
import type { DurationUnit, Limit } from '../policy/ast.ts'
import type { Charge, Standing, Window } from '../policy/charge.ts'
import { printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import { printLiteral, printMinutes, printMoney } from '../policy/print-value.ts'
import type { Truth } from '../policy/question.ts'
import { inUnit } from '../policy/units.ts'
import type { AttributeType } from '../policy/value.ts'
import { personOf } from './asking.ts'
import type { Call, LimitClause } from './clause.ts'
import { readMoney, readNumber } from './compare.ts'
import { operandValue } from './operand.ts'
import { periodAt } from './period.ts'

/** The last so many milliseconds. No month or year is longer, and none is ever counted as another. */
const LENGTHS: Readonly<Record<DurationUnit, number>> = {
  second: 1000,
  minute: MINUTE,
  hour: 60 * MINUTE,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
  year: 366 * DAY,
}

/** Decimals that what adds up may have, as far as the cap leaves room for them. */
const SCALE = 6

/** The whole number of smallest units; null where there is none that a double holds exactly. */
function wholeOf({ units, scale }: Decimal, wanted: number): number | null {
  if (units < 0n || scale > wanted) return null
  const number = Number(units * 10n ** BigInt(wanted - scale))
  return Number.isSafeInteger(number) ? number : null
}

/** A cap in the smallest units that it can be counted in, and their scale. */
export function capOf({ amount, of }: Limit): { readonly cap: number | null; readonly scale: number } {
  if (of === null) return { cap: amount.kind === 'number' ? wholeOf(amount.number, 0) : null, scale: 0 }
  const most = mostOf(amount, of.type)
  if (most === null) return { cap: null, scale: SCALE }
  for (let scale = SCALE; scale >= most.scale; scale -= 1) {
    const cap = wholeOf(most, scale)
    if (cap !== null) return { cap, scale }
  }
  return { cap: null, scale: SCALE }
}

function mostOf(amount: Limit['amount'], type: AttributeType | null): Decimal | null {
  switch (amount.kind) {
    case 'number':
      return amount.number
    case 'money':
      return amount.amount
    case 'quantity': {
      const most = type?.kind === 'quantity' ? inUnit(amount, type.unit) : null
      return most === null ? null : normalize(most.units, most.scale)
    }
    default:
      return null
  }
}

/** How much one call takes; null where it cannot be said exactly. */
function amountOf({ left, limit, scale }: LimitClause, call: Call): number | null {
  if (left === null) return 1
  const value = left.kind === 'literal' ? undefined : operandValue(left, call)
  const spent = value === undefined ? null : spentOf(value, limit)
  return spent === null ? null : wholeOf(spent, scale)
}

function spentOf(value: Json, { amount, of }: Limit): Decimal | null {
  if (amount.kind !== 'money') return readNumber(value)
  const money = readMoney(value, of?.type ?? null)
  return money !== null && money.currency === amount.currency ? money.amount : null
}

/** The stretch of time a limit counts in, for one call; null where the time of the call is not to be had. */
function windowOf({ limit: { per, window }, zone }: LimitClause, at: number): Window | null {
  if (!isInstant(at)) return null
  if (window === 'calendar') return periodAt(at, per, zone)
  const length = per.count * LENGTHS[per.unit]
  return Number.isSafeInteger(length) ? { kind: 'sliding', length } : null
}

/** What acting on an allow takes by this limit; null where it cannot be said. */
export function chargeOf(clause: LimitClause, call: Call): Charge | null {
  const { cap, says, rule } = clause
  const whose = call.link === undefined ? null : personOf({ link: call.link }, clause.who)
  if (cap === null || whose === null) return null
  const window = windowOf(clause, call.at)
  const amount = window === null ? null : amountOf(clause, call)
  if (window === null || amount === null) return null
  return { counter: counterOf(clause, whose), window, amount, cap, says, of: rule, ...unitOf(clause) }
}

function unitOf({ limit: { amount, of, per }, scale }: LimitClause): Pick<Charge, 'per' | 'scale' | 'unit'> {
  const said = per.count === 1 ? per.unit : `${per.count} ${per.unit}s`
  if (of === null) return { per: said }
  if (amount.kind === 'money') return { per: said, scale, unit: amount.currency }
  return { per: said, scale, ...(of.type?.kind === 'quantity' && { unit: of.type.unit }) }
}

export function limitTruth(clause: LimitClause, call: Call): Truth {
  const { fits } = call
  const charge = chargeOf(clause, call)
  if (charge === null) return 'unknown'
  return call.supposing ? 'yes' : (fits?.(charge) ?? 'unknown')
}

/** Whether a charge fits what its meter stands at. */
export function fitsIn({ amount, cap }: Charge, standing: Standing | undefined): Truth {
  if (standing === undefined) return 'unknown'
  return amount <= cap - standing.used - standing.reserved ? 'yes' : 'no'
}

/** When the period ends in which the limit counts. That of a sliding one never does. */
export function limitBoundary(clause: LimitClause, call: Call): number | null {
  const window = clause.limit.window === 'calendar' ? windowOf(clause, call.at) : null
  return window?.kind === 'fixed' ? window.until : null
}

/** The counter of a rule's limit for one entity. Counters of other units are others. */
function counterOf({ rule, limit, scale }: LimitClause, entity: { type: string; id: string }): string {
  const of = limit.of === null ? 'uses' : `${limit.of.of}.${encodeURIComponent(limit.of.name)}`
  const unit = limit.of === null || scale === SCALE ? '' : `e${scale}`
  return `limit ${rule} ${of}${unit} ${printEntity(entity)}`
}

/** `500 uses per hour`, `$50 of \`cost\` per month`. */
export function sayLimit({ amount, of, per, window }: Limit): string {
  const what = `${printLiteral(amount, of?.type ?? null)} ${of === null ? 'uses' : `of \`${of.name}\``}`
  const span = per.count === 1 ? per.unit : `${per.count} ${per.unit}s`
  return `${what} ${window === 'sliding' ? 'in any' : 'per'} ${span}`
}

/** A number of a limit's smallest units, as people write them. */
function print(units: number, { limit: { amount, of }, scale }: LimitClause): string {
  const number = normalize(BigInt(units), scale)
  if (of === null || amount.kind === 'number') return printDecimal(number)
  if (amount.kind === 'money') return printMoney(number, amount.currency)
  return printLiteral({ kind: 'quantity', number, unit: of.type?.kind === 'quantity' ? of.type.unit : '' }, null)
}

/** What a limit comes to for one call: how much is used, and when it begins anew. */
export function tellLimit(clause: LimitClause, who: string, truth: Truth, why: string | null, call: Call): string {
  const { says } = clause
  if (truth === 'unknown') {
    const cause = why ?? unsaid(clause, call)
    return `whether ${who} stays within ${says} is not known${cause === null ? '' : `: ${cause}`}`
  }
  const charge = chargeOf(clause, call)
  const standing = charge === null ? undefined : call.stands?.(charge)
  if (charge === null || standing === undefined) {
    return truth === 'yes' ? `${who} stays within ${says}` : `${who} has used up ${says}`
  }
  const held = standing.reserved > 0 ? ` and ${print(standing.reserved, clause)} reserved` : ''
  const used = `${print(standing.used, clause)} of ${print(charge.cap, clause)} used${held}`
  if (truth === 'yes') return `${who} stays within ${says}: ${used}`
  const full = standing.used + standing.reserved >= charge.cap
  const more = full || charge.amount === 1 ? '' : `, and this takes ${print(charge.amount, clause)}`
  return `${who} ${full ? 'has used up' : 'would go beyond'} ${says}: ${used}${more}${again(charge.window, clause.zone)}`
}

/** What keeps a limit from being judged. */
function unsaid(clause: LimitClause, call: Call): string | null {
  if (clause.cap === null) return 'the limit cannot be counted exactly'
  if (windowOf(clause, call.at) === null) return 'the time of the request is not known'
  const { left } = clause
  if (left !== null && left.kind !== 'literal' && amountOf(clause, call) === null) {
    const value = operandValue(left, call)
    return `\`${left.ref.name}\` ${value === undefined ? 'is not given' : 'cannot be counted exactly'}`
  }
  return 'what is used of it is not known'
}

function again(window: Window, zone: string): string {
  if (window.kind !== 'fixed') return ''
  const { date, minutes } = localTime(window.until, zone)
  return `; it begins anew at ${printMinutes(minutes)} on ${date} in ${zone}`
}
