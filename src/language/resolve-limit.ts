import { parseDecimal } from '../lib/decimal.ts'
import type { AttributeRef, Condition } from '../policy/ast.ts'
import { article, capitalize } from '../policy/print-words.ts'
import { convertible } from '../policy/units.ts'
import type { Literal } from '../policy/value.ts'
import { resolveRef } from './resolve-compare.ts'
import { shared } from './resolve-instant.ts'
import { durationOf, ofRequest } from './resolve-request.ts'
import { literalOf } from './resolve-value.ts'
import { fail, type Scope } from './scope.ts'
import type { LimitNode } from './syntax.ts'

/** Whole uses, written or as a number. */
function uses(node: LimitNode, scope: Scope): Literal | null {
  const literal =
    typeof node.amount === 'number'
      ? { kind: 'number' as const, number: parseDecimal(String(node.amount)) ?? { units: 0n, scale: 0 } }
      : literalOf([node.amount], null, 'the limit', scope)
  if (literal === null || literal.kind !== 'number') return literal
  if (literal.number.scale === 0 && literal.number.units >= 0n) return literal
  return fail(scope, 'wrong_value', node.token, 'how often is a whole number', { expected: ['`at most 500 times`'] })
}

const fitting = (type: AttributeRef['type'], amount: Literal): boolean => {
  if (amount.kind === 'money') return type?.kind === 'money' && type.currency === amount.currency
  return amount.kind === 'quantity' && type?.kind === 'quantity' && convertible(type.unit, amount.unit)
}

/** What a limit adds up: what it names, else the one attribute of the resource, or of the call, that holds such amounts. */
function summed(node: LimitNode, amount: Literal, scope: Scope): AttributeRef | null | 'failed' {
  if (node.of !== null) {
    const ref = resolveRef(node.of, scope)
    if (ref === null) return 'failed'
    const kind = ref.type?.kind ?? amount.kind
    if ((kind === amount.kind && kind === 'number') || ref.type === null || fitting(ref.type, amount)) return ref
    return (
      fail(scope, 'wrong_value', node.token, `\`${ref.name}\` does not hold what this limit counts`, {
        expected: ['an amount of the kind that the attribute holds'],
      }) ?? 'failed'
    )
  }
  if (amount.kind === 'number') return null
  if (scope.resources.length === 0) {
    const ref = ofRequest('amount', scope)
    if (ref.type === null || fitting(ref.type, amount)) return ref
  }
  const known = shared(scope.resources, scope).filter(d => fitting(d.type, amount))
  const [only, second] = known
  if (only !== undefined && second === undefined) {
    return { kind: 'attribute', of: 'resource', name: only.name, type: only.type }
  }
  const type = scope.resources[0] ?? 'request'
  const other = amount.kind === 'money' ? shared(scope.resources, scope).find(d => d.type.kind === 'money') : undefined
  if (only === undefined && other?.type.kind === 'money') {
    const message = `\`${other.name}\` of ${type} holds ${other.type.currency}`
    return (
      fail(scope, 'wrong_value', node.token, message, { expected: [`an amount in ${other.type.currency}`] }) ?? 'failed'
    )
  }
  const holds =
    amount.kind === 'money' ? `in ${amount.currency}` : `in ${amount.kind === 'quantity' ? amount.unit : ''}`
  const line = `${capitalize(article(type))} has an amount ${holds}.`
  const message =
    second === undefined
      ? `nothing says what is spent: ${type} has no attribute that holds it`
      : `${known.map(d => `\`${d.name}\``).join(' or ')} could be what is spent`
  return (
    fail(scope, second === undefined ? 'unknown_attribute' : 'ambiguous', node.token, message, {
      expected: [
        "what is spent by name: `… of the request's amount per month`",
        ...(second === undefined ? [`a line that defines it: \`${line}\``] : []),
      ],
      suggestion: second === undefined ? line : null,
    }) ?? 'failed'
  )
}

export function resolveLimit(node: LimitNode, scope: Scope): Condition | null {
  const amount = uses(node, scope)
  const per = durationOf(node.per, scope)
  if (amount === null || per === null) return null
  const of = summed(node, amount, scope)
  if (of === 'failed') return null
  const limit: Condition = { kind: 'limit', limit: { amount, of, per, window: node.window } }
  return node.over ? { kind: 'not', of: limit } : limit
}
