import { compareDecimal } from '../lib/decimal.ts'
import type { AttributeDefinition, AttributeRef, CompareOp, Condition } from '../policy/ast.ts'
import { article, capitalize, plural } from '../policy/print-words.ts'
import { compareQuantity, convertible } from '../policy/units.ts'
import { comparedOf } from './circumstances.ts'
import { compare } from './resolve-compare.ts'
import { shared } from './resolve-instant.ts'
import { placed } from './resolve-place.ts'
import { sinceOrUntil } from './resolve-request.ts'
import { dayOf } from './resolve-time.ts'
import { negatedIf } from './resolve-value.ts'
import { fail, type Scope } from './scope.ts'
import type { Clause, ComparedNode, Comparison, DayNode } from './syntax.ts'
import type { Token } from './token.ts'
import { unitOf } from './values.ts'

type Amounts = Extract<ComparedNode, { kind: 'order' | 'between' }>

/** An attribute and what is said of it, as a condition. */
export function compareAny(left: AttributeRef, comparison: Comparison, scope: Scope): Condition | null {
  const { op } = comparison
  if (op !== 'compared') return compare(left, { ...comparison, op }, scope)
  const of = comparedWith(left, comparedOf(comparison.right as Token), scope)
  return of === null ? null : negatedIf(comparison.not, of)
}

/** What `is` says of an attribute besides a value. */
export function comparedWith(left: AttributeRef, node: ComparedNode, scope: Scope): Condition | null {
  switch (node.kind) {
    case 'order':
      return compare(left, { not: false, op: node.op, right: node.value }, scope)
    case 'between': {
      const from = compare(left, { not: false, op: 'ge', right: node.from }, scope)
      const to = compare(left, { not: false, op: 'le', right: node.to }, scope)
      if (from === null || to === null) return null
      if (!backwards(from, to)) return { kind: 'all', of: [from, to] }
      return fail(scope, 'wrong_value', node.to, `\`${node.from.text}\` is more than \`${node.to.text}\``, {
        expected: ['the smaller amount first'],
      })
    }
    case 'ago':
      return sinceOrUntil(left, node.ago, null, scope)
    case 'days':
      return dated(left, node.clause, scope)
    case 'place': {
      const kind = left.type?.kind ?? 'country'
      if (kind === 'country') return placed(node.where, left, scope)
      return fail(scope, 'wrong_value', node.where, `\`${left.name}\` holds no country`, {
        expected: [`\`… has ${article(left.name)} as a country\``],
      })
    }
  }
}

/** `between $10k and $1k` holds of nothing. */
function backwards(from: Condition, to: Condition): boolean {
  if (from.kind !== 'compare' || to.kind !== 'compare') return false
  const [a, b] = [from.right, to.right]
  if (a.kind === 'money' && b.kind === 'money') return compareDecimal(a.amount, b.amount) > 0
  if (a.kind === 'number' && b.kind === 'number') return compareDecimal(a.number, b.number) > 0
  return a.kind === 'quantity' && b.kind === 'quantity' && (compareQuantity(a, b) ?? 0) > 0
}

const OPS = { on: 'eq', before: 'lt', after: 'gt', from: 'ge', until: 'le' } as const

/** What an attribute holds, against days of the calendar. */
export function dated(left: AttributeRef, clause: Clause, scope: Scope): Condition | null {
  if (clause.kind !== 'date' && clause.kind !== 'dates') return null
  if (clause.zone !== null) {
    return fail(scope, 'wrong_value', clause.zone, 'a day that an attribute holds has no time zone of its own', {
      expected: ['the day alone'],
    })
  }
  const kind = left.type?.kind ?? 'date'
  if (kind !== 'date' && kind !== 'instant') {
    const at = clause.kind === 'date' ? clause.day : clause.from
    return fail(scope, 'wrong_value', at, `\`${left.name}\` holds no date and no time`, {
      expected: [`\`… has ${article(left.name)} as a date\``],
    })
  }
  const one = (op: CompareOp, node: DayNode): Condition | null => {
    const date = dayOf(node, scope)
    return date === null ? null : { kind: 'compare', left, op, right: { kind: 'date', date } }
  }
  if (clause.kind === 'date') return one(OPS[clause.op], clause.day)
  const from = one('ge', clause.from)
  const to = one('le', clause.to)
  return from === null || to === null ? null : { kind: 'all', of: [from, to] }
}

/** What a comparison without a name may be about, by its adjective. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  larger: ['size'],
  bigger: ['size'],
  smaller: ['size'],
  longer: ['duration', 'length'],
  shorter: ['duration', 'length'],
  heavier: ['weight'],
  lighter: ['weight'],
}

const HOLDS: Readonly<Record<string, string>> = { money: 'money', number: 'a number', quantity: 'that' }

function holds(d: AttributeDefinition, value: Token, scope: Scope): boolean {
  if (value.kind === 'money') return d.type.kind === 'money'
  if (value.kind !== 'quantity') return d.type.kind === 'number'
  const unit = unitOf(value.parts[1] as Token, scope.words.units)
  return d.type.kind === 'quantity' && unit !== null && convertible(d.type.unit, unit)
}

/** `over $10k` without a name: the one attribute that holds such values. */
export function amountOf(
  of: 'subject' | 'resource',
  types: readonly string[],
  node: Amounts,
  scope: Scope,
): Condition | null {
  const value = node.kind === 'order' ? node.value : node.from
  if (node.kind === 'between' && value.kind === 'number') {
    const text = `between ${node.from.text} and ${node.to.text}`
    return fail(scope, 'ambiguous', { start: node.from.start, end: node.to.end }, `\`${text}\` of what is not said`, {
      expected: [`hours, as in \`between 9am and 5pm\``, 'an attribute by name, as in `whose count is between …`'],
    })
  }
  const all = shared(types, scope).filter(d => holds(d, value, scope))
  const meant = node.kind === 'order' ? (NAMES[node.word.word] ?? []) : []
  const named = all.filter(d => meant.some(name => d.name === name || d.name.endsWith(`_${name}`)))
  const fitting = named.length > 0 ? named : all
  const [only, second] = fitting
  const type = types[0] ?? 'resource'
  if (only === undefined) return nothingHolds(value, type, scope)
  if (second !== undefined) {
    return fail(
      scope,
      'ambiguous',
      value,
      `\`${value.text}\` could be compared with ${fitting.map(d => `\`${d.name}\``).join(' or ')}`,
      { expected: fitting.map(d => `${plural(type)} whose ${d.name} is … ${value.text}`) },
    )
  }
  return comparedWith({ kind: 'attribute', of, name: only.name, type: only.type }, node, scope)
}

function nothingHolds(value: Token, type: string, scope: Scope): null {
  const kind = value.kind === 'money' || value.kind === 'quantity' ? value.kind : 'number'
  const unit = kind === 'quantity' ? (unitOf(value.parts[1] as Token, scope.words.units) ?? 'byte') : 'USD'
  const name = kind === 'money' ? 'amount' : kind === 'quantity' ? 'size' : 'count'
  const line = `${capitalize(article(type))} has ${article(name)} ${kind === 'number' ? 'as a number' : `in ${unit}`}.`
  return fail(
    scope,
    'unknown_attribute',
    value,
    `nothing says what \`${value.text}\` is compared with: ${type} has no attribute that holds ${HOLDS[kind]}`,
    {
      expected: ['an attribute by name, as in `whose amount is over …`', 'a line that defines one'],
      suggestion: line,
    },
  )
}
