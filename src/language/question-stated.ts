import type { Decimal } from '../lib/decimal.ts'
import { dayNumber, dayText } from '../lib/zone.ts'
import type { Stated } from '../policy/ask.ts'
import type { Condition } from '../policy/ast.ts'
import { printCondition } from '../policy/print.ts'
import { printLiteral } from '../policy/print-value.ts'
import { article } from '../policy/print-words.ts'
import type { Literal } from '../policy/value.ts'
import { fail, type Place, type Scope } from './scope.ts'

type Comparison = Extract<Condition, { readonly kind: 'compare' }>

/**
 * What a phrase says of its noun, as values of one such thing: `of $12,000` as it stands, `over $10k` as a value just
 * over it, which is noted. What no single value says is refused.
 */
export function statedOf(
  where: Condition | null,
  type: string,
  at: Place,
  scope: Scope,
  notes: string[],
): readonly Stated[] | null {
  if (where === null) return []
  if (where.kind === 'all') {
    const parts = where.of.map(of => statedOf(of, type, at, scope, notes))
    const stated = parts.flatMap(part => part ?? [])
    if (parts.includes(null)) return null
    const twice = stated.find((s, i) => s.op === 'eq' && stated.findIndex(o => o.name === s.name) < i)
    if (twice === undefined) return stated
    return fail(scope, 'wrong_value', at, `\`${twice.name}\` is given twice`, { expected: ['one value of each'] })
  }
  if (where.kind === 'compare' && where.right.kind !== 'attribute') return one(where, where.right, at, scope, notes)
  const flag = where.kind === 'not' ? where.of : null
  if (flag?.kind === 'compare' && flag.op === 'eq' && flag.right.kind === 'flag') {
    return one(
      { ...flag, right: { kind: 'flag', flag: !flag.right.flag } },
      { kind: 'flag', flag: !flag.right.flag },
      at,
      scope,
      notes,
    )
  }
  return refused(where, type, at, scope)
}

function refused(where: Condition, type: string, at: Place, scope: Scope): null {
  const said = where.kind === 'related' ? 'is a relation, which only stored facts tell' : 'is not one value'
  return fail(scope, 'wrong_value', at, `\`${printCondition(where, type)}\` ${said}`, {
    expected: [`one ${type} by name, as \`${type}:some-id\``, `\`which ${type}s … can …\`, which looks for them`],
  })
}

function one(
  { left, op }: Comparison,
  right: Literal,
  at: Place,
  scope: Scope,
  notes: string[],
): readonly Stated[] | null {
  const { name, type } = left
  if (op === 'eq' || op === 'contains') return [{ name, type, op, value: right }]
  const value = op === 'ge' || op === 'le' ? right : op === 'ne' ? null : beside(right, op === 'gt' ? 1n : -1n)
  if (value === null) {
    return fail(scope, 'wrong_value', at, `\`${name}\` is given no value to ask with`, {
      expected: [`${article(name)} as it is, as in \`whose ${name} is …\``],
    })
  }
  const said = printCondition({ kind: 'compare', left, op, right }, 'resource')
  notes.push(`${said.replace(/^the resource's /, '')}: asked with ${printLiteral(value, type)}`)
  return [{ name, type, op: 'eq', value }]
}

/** The next value above or below, by the smallest step its kind is written in. */
function beside(value: Literal, step: 1n | -1n): Literal | null {
  switch (value.kind) {
    case 'money':
      return { ...value, amount: moved(value.amount, step, fractionOf(value.currency)) }
    case 'number':
    case 'quantity':
      return { ...value, number: moved(value.number, step, 0) }
    case 'date': {
      const day = dayNumber(value.date)
      return day === null ? null : { kind: 'date', date: dayText(day + Number(step)) }
    }
    default:
      return null
  }
}

function moved(value: Decimal, step: bigint, least: number): Decimal {
  const scale = Math.max(value.scale, least)
  let units = value.units * 10n ** BigInt(scale - value.scale) + step
  let left = scale
  while (left > 0 && units % 10n === 0n) {
    units /= 10n
    left -= 1
  }
  return { units, scale: left }
}

/** Digits after the point of a currency's smallest coin. */
function fractionOf(currency: string): number {
  const options = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  return options.maximumFractionDigits ?? 2
}
