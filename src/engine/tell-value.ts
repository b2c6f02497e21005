import { decimalOf } from '../lib/decimal.ts'
import { isInstant } from '../lib/zone.ts'
import type { CompareOp } from '../policy/ast.ts'
import type { Json } from '../policy/json.ts'
import { printLiteral, printMoney } from '../policy/print-value.ts'
import { listed } from '../policy/print-words.ts'
import type { Truth } from '../policy/question.ts'
import type { AttributeType } from '../policy/value.ts'
import type { CompareClause, ElapsedClause, OneOfClause, Operand, PlaceClause } from './clause.ts'
import { personName, resourceName, type Scene, unknown } from './names.ts'
import { operandValue } from './operand.ts'

type Attribute = Exclude<Operand, { kind: 'literal' }>

const ownerOf = ({ ref, who }: Attribute, scene: Scene): string =>
  ref.of === 'subject' ? personName(scene, who) : resourceName(scene)

function noun(operand: Attribute, scene: Scene): string {
  const { of, name } = operand.ref
  return of === 'context' ? `the request's \`${name}\`` : `the \`${name}\` of ${ownerOf(operand, scene)}`
}

function absence(operand: Attribute, scene: Scene): string {
  const { of, name } = operand.ref
  return of === 'context' ? `no \`${name}\` in the request's context` : `${ownerOf(operand, scene)} has no \`${name}\``
}

const LESS: Record<CompareOp, string> = {
  eq: '',
  ne: '',
  lt: 'less than ',
  le: 'at most ',
  gt: 'more than ',
  ge: 'at least ',
  contains: '',
}

export function tellCompare(leaf: CompareClause, truth: Truth, why: string | null, scene: Scene): string {
  const { left, op, right } = leaf
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} compares`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const other = right.kind === 'literal' ? undefined : operandValue(right, scene.call)
  if (right.kind !== 'literal' && other === undefined) return absence(right, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  const to =
    right.kind === 'literal'
      ? printLiteral(right.literal, left.ref.type)
      : `${noun(right, scene)}, ${printJson(other ?? null, right.ref.type)}`
  if (truth === 'unknown') return `${is}, which cannot be compared with ${to}`
  if (op === 'contains') return `${noun(left, scene)} ${truth === 'yes' ? 'contains' : 'does not contain'} ${to}`
  if (op === 'eq' || op === 'ne') return (op === 'eq') === (truth === 'yes') ? is : `${is}, not ${to}`
  return `${is}, ${truth === 'yes' ? '' : 'not '}${LESS[op]}${to}`
}

export function tellOneOf({ left, values }: OneOfClause, truth: Truth, why: string | null, scene: Scene): string {
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} compares`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  const list = listed(
    values.map(v => printLiteral(v, left.ref.type)),
    'or',
  )
  if (truth === 'unknown') return `${is}, which cannot be compared with ${list}`
  return truth === 'yes' ? is : `${is}, not ${list}`
}

export function tellElapsed(leaf: ElapsedClause, truth: Truth, why: string | null, scene: Scene): string {
  const { left, direction, op, duration } = leaf
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} is near`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  if (!isInstant(scene.call.at)) return `${is}, and the time of the request is not known`
  if (truth === 'unknown') return `${is}, which is not a time`
  const span = `${LESS[op]}${duration.count} ${duration.unit}${duration.count === 1 ? '' : 's'}`
  return `${is}, ${truth === 'yes' ? '' : 'not '}${span} ${direction === 'since' ? 'ago' : 'ahead'}`
}

export function tellPlace({ left, says }: PlaceClause, truth: Truth, why: string | null, scene: Scene): string {
  if (left.kind === 'literal') return 'this compares nothing'
  if (why !== null) return unknown(`${noun(left, scene)} is in ${says}`, why)
  const value = operandValue(left, scene.call)
  if (value === undefined) return absence(left, scene)
  const is = `${noun(left, scene)} is ${printJson(value, left.ref.type)}`
  if (truth === 'unknown') return `${is}, which is not a country`
  return `${is}, ${truth === 'yes' ? '' : 'not '}in ${says}`
}

const LONGEST = 60

/** A value as it came, cut short, so that no one fills a log with it. */
export function printJson(value: Json, type: AttributeType | null): string {
  if (type?.kind === 'money' && typeof value === 'number') {
    const amount = decimalOf(value)
    if (amount !== null) return printMoney(amount, type.currency)
  }
  const text = typeof value === 'string' && /^[\w.:@-]+$/.test(value) ? value : JSON.stringify(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
