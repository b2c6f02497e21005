import type { AttributeRef, CompareOp, Condition } from '../policy/ast.ts'
import { printMoney } from '../policy/print-value.ts'
import { article, listed, plural, wordOrQuoted } from '../policy/print-words.ts'
import { convertible } from '../policy/units.ts'
import type { AttributeType, Literal } from '../policy/value.ts'
import { nearest } from './nearest.ts'
import { fail, type Place, placeOf, type Scope, textOf } from './scope.ts'
import type { Token } from './token.ts'
import { numberWord, readDate, readMoney, readNumber, readQuoted, unitOf } from './values.ts'

/** What a literal is, before its attribute has its say. Bare words are text; `true` and `yes` are flags as well. */
function written(tokens: readonly Token[], scope: Scope): Literal | null {
  const token = tokens[0] as Token
  switch (token.kind) {
    case 'quoted': {
      const text = readQuoted(token.text)
      return text === null
        ? fail(scope, 'wrong_value', token, `${token.text} has an escape that means nothing`, {
            expected: ['text in quotes'],
          })
        : { kind: 'text', text }
    }
    case 'number': {
      const number = readNumber(token.text)
      return number === null
        ? fail(scope, 'wrong_value', token, `\`${token.text}\` is no number`, { expected: ['a number'] })
        : { kind: 'number', number }
    }
    case 'money': {
      const money = readMoney(token)
      return money === null ? noAmount(token, scope) : { kind: 'money', ...money }
    }
    case 'quantity': {
      const [count, word] = token.parts
      const number = count === undefined ? null : readNumber(numberWord(count) ?? count.text)
      const unit = word === undefined ? null : unitOf(word, scope.words.units)
      return number === null || unit === null
        ? fail(scope, 'wrong_value', token, `\`${token.text}\` is no quantity`, { expected: ['`5 MB`, `2 hours`'] })
        : { kind: 'quantity', number, unit }
    }
    case 'date': {
      const date = readDate(token)
      return date === null
        ? fail(scope, 'wrong_value', token, `the calendar has no \`${token.text}\``, {
            expected: ['a date, such as `2026-12-31`'],
          })
        : { kind: 'date', date }
    }
    default:
      if (tokens.length === 1 && (token.word === 'true' || token.word === 'false'))
        return { kind: 'flag', flag: token.word === 'true' }
      return { kind: 'text', text: textOf(tokens) }
  }
}

/** `€5.000` is five or five thousand, as one country or another writes it. */
function noAmount(token: Token, scope: Scope): null {
  const text = token.parts.find(part => part.kind === 'number')?.text ?? token.text
  const whole = /^(\D*)([1-9]\d{0,2})\.(\d{3})$/.exec(text)
  if (whole === null)
    return fail(scope, 'wrong_value', token, `\`${token.text}\` is no amount`, {
      expected: ['an amount, such as `$10,000`'],
    })
  const [, sign = '', head = '', rest = ''] = whole
  const readings = [`${sign}${head},${rest}`, `${sign}${head}.${rest.slice(0, 2)}`].map(reading =>
    token.text.replace(text, reading),
  )
  const message = `the dot in \`${token.text}\` may part thousands or cents`
  return fail(scope, 'ambiguous', token, message, { expected: readings.map(reading => `\`${reading}\``) })
}

const EXPECTED: Readonly<Record<AttributeType['kind'], string>> = {
  text: 'text in quotes',
  flag: '`true` or `false`',
  number: 'a number',
  money: 'an amount',
  date: 'a date, such as `2026-12-31`',
  instant: 'a date, such as `2026-12-31`',
  country: 'a country, such as `Germany`',
  quantity: 'a number with its unit',
  choice: 'one of its values',
  list: '`contains` and a value',
}

/** A literal for an attribute of a type; null type takes it as written. */
export function literalOf(
  tokens: readonly Token[],
  type: AttributeType | null,
  name: string,
  scope: Scope,
): Literal | null {
  const literal = written(tokens, scope)
  if (literal === null || type === null || type.kind === 'list') return literal
  const at = placeOf(tokens)
  if (type.kind === 'choice') return choiceOf(literal, type.of, at, textOf(tokens), name, scope)
  if (type.kind === 'flag' && literal.kind === 'text' && /^(?:yes|no)$/i.test(literal.text)) {
    return { kind: 'flag', flag: literal.text.toLowerCase() === 'yes' }
  }
  if (type.kind === 'text' && literal.kind === 'flag') return { kind: 'text', text: textOf(tokens) }
  if (agree(literal, type)) return literal
  const number = literal.kind === 'number' ? literal.number : literal.kind === 'money' ? literal.amount : null
  const money = type.kind === 'money' && number !== null ? printMoney(number, type.currency) : null
  return fail(scope, 'wrong_value', at, `\`${textOf(tokens)}\` is no value for ${nameAnd(name, type)}`, {
    expected: [type.kind === 'money' ? `an amount in ${type.currency}` : EXPECTED[type.kind]],
    suggestion: money ?? (type.kind === 'text' ? JSON.stringify(textOf(tokens)) : null),
  })
}

function agree(literal: Literal, type: AttributeType): boolean {
  if (literal.kind === 'money') return type.kind === 'money' && literal.currency === type.currency
  if (literal.kind === 'quantity') return type.kind === 'quantity' && convertible(literal.unit, type.unit)
  if (literal.kind === 'text' && type.kind === 'country') return true
  return literal.kind === type.kind || (literal.kind === 'date' && type.kind === 'instant')
}

const nameAnd = (name: string, type: AttributeType): string => `\`${name}\`, which holds ${heldBy(type)}`

const heldBy = (type: AttributeType): string => {
  if (type.kind === 'money') return type.currency
  if (type.kind === 'quantity') return `a number of ${plural(type.unit)}`
  return type.kind === 'text' ? 'text' : article(type.kind)
}

function choiceOf(
  literal: Literal,
  of: readonly string[],
  at: Place,
  text: string,
  name: string,
  scope: Scope,
): Literal | null {
  const word = literal.kind === 'text' ? literal.text : text
  const found = of.find(value => value === word) ?? of.find(value => value.toLowerCase() === word.toLowerCase())
  if (found !== undefined) return { kind: 'text', text: found }
  return fail(scope, 'wrong_value', at, `\`${word}\` is no value of \`${name}\``, {
    expected: [listed(of.map(wordOrQuoted), 'or')],
    suggestion: nearest(word, of),
  })
}

/** The single values of a `values` chunk: literals, and runs of bare words. */
export function itemsOf(token: Token): readonly (readonly Token[])[] {
  if (token.kind !== 'values') return [[token]]
  const items: Token[][] = []
  let open = false
  for (const part of token.parts) {
    if (part.word === ',' || part.word === 'or') open = false
    else if (open && part.kind === 'word') items[items.length - 1]?.push(part)
    else {
      items.push([part])
      open = part.kind === 'word'
    }
  }
  return items
}

const ORDERED = new Set(['number', 'money', 'date', 'instant', 'quantity'])
const isTime = (kind: string): boolean => kind === 'date' || kind === 'instant'

/** Whether an operator makes sense of the values at hand. */
export function checkOp(
  op: CompareOp,
  left: AttributeRef,
  right: Literal | AttributeRef,
  at: Place,
  scope: Scope,
): boolean {
  const kind = left.type?.kind ?? (right.kind === 'attribute' ? (right.type?.kind ?? null) : right.kind)
  const ordering = op === 'lt' || op === 'le' || op === 'gt' || op === 'ge'
  if (ordering && kind !== null && !ORDERED.has(kind)) {
    fail(
      scope,
      'wrong_value',
      at,
      `\`${left.name}\` holds ${kind === 'text' ? 'text' : article(kind)}, which has no order`,
      {
        expected: ['`is` or `is not`'],
      },
    )
    return false
  }
  if (op === 'contains' && left.type !== null && left.type.kind !== 'list') {
    fail(scope, 'wrong_value', at, `\`${left.name}\` is not a list`, {
      expected: ['`is`', `\`… has ${article(left.name)} as a list\``],
    })
    return false
  }
  if (right.kind === 'attribute' && left.type !== null && right.type !== null && !alike(left.type, right.type)) {
    fail(scope, 'wrong_value', at, `\`${left.name}\` and \`${right.name}\` do not hold the same kind of thing`)
    return false
  }
  return true
}

function alike(a: AttributeType, b: AttributeType): boolean {
  if (a.kind === 'quantity' && b.kind === 'quantity') return convertible(a.unit, b.unit)
  return a.kind === b.kind || (isTime(a.kind) && isTime(b.kind))
}

export const negatedIf = (not: boolean, of: Condition): Condition => (not ? { kind: 'not', of } : of)
