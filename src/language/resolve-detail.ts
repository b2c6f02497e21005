import type { AttributeDefinition, AttributeRef, Condition } from '../policy/ast.ts'
import { article, capitalize, plural } from '../policy/print-words.ts'
import { attributesOf, fold, relationNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { attributeOf, compare } from './resolve-compare.ts'
import { amountOf, comparedWith, dated } from './resolve-compared.ts'
import { fits, instantOf } from './resolve-instant.ts'
import { placeOfNoun } from './resolve-place.ts'
import { resolveCall, sinceOrUntil } from './resolve-request.ts'
import { fail, nameOf, placeOf, type Scope, textOf } from './scope.ts'
import type { Clause, Detail, Words } from './syntax.ts'
import { chunk, type Token } from './token.ts'
import { currencyOf } from './values.ts'

/** Whom or what a detail is said of; several types only where the rule is about several. */
export interface Noun {
  readonly side: 'subject' | 'resource'
  readonly types: readonly string[]
}

const ref = (it: Noun, d: AttributeDefinition): AttributeRef => ({
  kind: 'attribute',
  of: it.side,
  name: d.name,
  type: d.type,
})

export function resolveDetail(detail: Detail, at: Token, it: Noun, scope: Scope): Condition | null {
  switch (detail.kind) {
    case 'order':
    case 'between':
      return amountOf(it.side, it.types, detail, scope)
    case 'ago': {
      const instant = instantOf(it.side, it.types, null, at, scope)
      return instant === null ? null : sinceOrUntil(instant, detail.ago, null, scope)
    }
    case 'days':
      return fail(scope, 'syntax', at, 'of what this is the day is not said', {
        expected: ['`created before …`', '`whose due_date is before …`'],
      })
    case 'happened': {
      const { verb, when } = detail
      const instant = instantOf(it.side, it.types, verb.word, verb, scope)
      if (instant === null) return null
      const ahead = !/(?:ed|en|wn|lt|nt)$/.test(verb.word)
      return 'duration' in when && !('kind' in when)
        ? sinceOrUntil(instant, when, ahead ? 'until' : null, scope)
        : dated(instant, when as never, scope)
    }
    case 'place':
      return placeOfNoun(detail.where, it.side, it.types, scope)
    case 'with':
      return withValue(detail, it, scope)
    case 'having':
      return having(detail, it, scope)
    case 'valued':
      return valued(detail, it, scope)
    case 'currency':
      return inCurrency(detail.token, it, scope)
    case 'clause':
      return resolveSigned(detail.clause, scope)
  }
}

/** How and when somebody signed in, alone or both. */
function resolveSigned(clause: Clause, scope: Scope): Condition | null {
  if (clause.kind !== 'group') return resolveCall(clause as never, scope)
  const of = clause.clauses.map(({ node }) => resolveSigned(node, scope)).filter(part => part !== null)
  return of.length < clause.clauses.length ? null : { kind: 'all', of }
}

/** `with a clearance of at least 3`, `with more than 3 pages`. */
function withValue(
  { name: words, counted, value }: Extract<Detail, { kind: 'with' }>,
  it: Noun,
  scope: Scope,
): Condition | null {
  const count = 'op' in value || value.kind === 'between' ? countOf(words, it, scope) : null
  const left = count ?? (counted ? uncounted(words, it, scope) : attributeOf(it.side, words, it.types, scope))
  if (left === null) return null
  if ('is' in value) return compare(left, { not: false, op: 'is', right: value }, scope)
  return comparedWith(left, value, scope)
}

function uncounted(words: Words, it: Noun, scope: Scope): null {
  const type = it.types[0] ?? 'resource'
  const line = `${capitalize(article(type))} has ${nameOf(words, '_')} as a number.`
  return fail(
    scope,
    'unknown_attribute',
    placeOf(words),
    `nothing counts the \`${textOf(words)}\` of ${article(type)}`,
    {
      expected: [`a line that defines it: \`${line}\``],
      suggestion: line,
    },
  )
}

/** `pages` as `page_count`. */
function countOf(words: Words, it: Noun, scope: Scope): AttributeRef | null {
  const name = nameOf(words, '_')
  const names = [name, `${name.replace(/s$/, '')}_count`, `${name}_count`, `number_of_${name}`, name.replace(/s$/, '')]
  const defined = it.types.flatMap(type => attributesOf(scope.words, type))
  for (const one of names) {
    const found = defined.find(d => fold(d.name) === one)
    if (found !== undefined) return ref(it, found)
  }
  return null
}

const ON = new Set(['enabled', 'on', 'active', 'activated', 'set'])
const OFF = new Set(['disabled', 'off', 'inactive'])

/** The flag that `MFA`, `MFA enabled` or `email verified` means, and whether it is said to be set. */
function flagOf(words: Words, it: Noun, scope: Scope): { readonly left: AttributeRef; readonly set: boolean } | null {
  const last = words[words.length - 1]?.word ?? ''
  const state = words.length > 1 && (ON.has(last) || OFF.has(last))
  const whole = fold(nameOf(words, '_'))
  const base = state ? fold(nameOf(words.slice(0, -1), '_')) : whole
  const set = !(state && OFF.has(last))
  const flags = it.types.flatMap(type => attributesOf(scope.words, type)).filter(d => d.type.kind === 'flag')
  const [first, ...others] = words
  const turned = others.length > 0 && first !== undefined ? fold(nameOf([...others, first], '_')) : whole
  const exact = flags.find(d => fold(d.name) === whole) ?? flags.find(d => fold(d.name) === turned)
  if (exact !== undefined) return { left: ref(it, exact), set: true }
  const found = [base, `${base}_enabled`, `has_${base}`, `is_${base}`]
    .map(name => flags.find(d => fold(d.name) === name))
    .find(d => d !== undefined)
  if (found !== undefined) return { left: ref(it, found), set }
  if (base !== 'mfa' || it.side !== 'subject') return null
  return { left: { kind: 'attribute', of: it.side, name: 'mfa_enabled', type: null }, set }
}

/** `with MFA enabled`, `without supervision`, `with status draft`, `with tag press`. */
function having({ words, without }: Extract<Detail, { kind: 'having' }>, it: Noun, scope: Scope): Condition | null {
  const flag = flagOf(words, it, scope)
  if (flag !== null) {
    const right = { kind: 'flag' as const, flag: flag.set !== without }
    return { kind: 'compare', left: flag.left, op: 'eq', right }
  }
  const defined = it.types.flatMap(type => attributesOf(scope.words, type))
  for (let cut = words.length - 1; cut > 0 && !without; cut--) {
    const name = fold(nameOf(words.slice(0, cut), '_'))
    const value = chunk('values', words.slice(cut), ['values'])
    const found = defined.find(d => fold(d.name) === name)
    if (found !== undefined) return compare(ref(it, found), { not: false, op: 'is', right: value }, scope)
    const many = defined.find(d => d.type.kind === 'list' && fold(d.name) === plural(name))
    if (many !== undefined) return compare(ref(it, many), { not: false, op: 'contains', right: value }, scope)
  }
  const type = it.types[0] ?? 'user'
  const name = nameOf(words, ' ')
  const known = defined.find(d => fold(d.name) === fold(name))
  const relation = it.types.map(t => relationNamed(scope.words, t, fold(name))).find(r => r !== null)
  if (relation !== undefined && relation !== null) {
    return fail(
      scope,
      'wrong_value',
      placeOf(words),
      `whether there is ${article(relation.name)} at all cannot be asked`,
      {
        expected: [`whose it is, as in \`with user:alice as ${relation.name}\``],
      },
    )
  }
  const line = `${capitalize(article(type))} has ${article(name)} as yes or no.`
  if (known !== undefined) {
    return fail(scope, 'wrong_value', placeOf(words), `whether there is ${article(name)} at all cannot be asked`, {
      expected: [`a value: \`whose ${known.name} is …\``],
    })
  }
  const last = words[words.length - 1]?.word ?? ''
  const valued = words.length === 2 && !without && !ON.has(last) && !OFF.has(last) && !/(?:ed|en)$/.test(last)
  const named = `whose ${words[0]?.word} is ${valued ? last : '…'}`
  return fail(
    scope,
    'unknown_attribute',
    placeOf(words),
    `nothing says what \`${without ? 'without' : 'with'} ${textOf(words)}\` means for ${article(type)}`,
    {
      expected: [`a line that defines it: \`${line}\``, `an attribute by name: \`${named}\``],
      suggestion:
        nearest(
          name,
          defined.map(d => d.name.replace(/_/g, ' ')),
        ) ?? (valued ? named : line),
    },
  )
}

/** `classified secret`, `tagged "press"`: of the attribute whose name fits the participle, else the one with the value. */
function valued({ participle, value }: Extract<Detail, { kind: 'valued' }>, it: Noun, scope: Scope): Condition | null {
  const defined = it.types.flatMap(type => attributesOf(scope.words, type))
  const able = defined.filter(d => ['choice', 'list', 'text'].includes(d.type.kind))
  const named = able.filter(d => fits(d.name, participle.word))
  const word = fold(value.parts[0]?.word ?? '')
  const holding = able.filter(d => d.type.kind === 'choice' && d.type.of.some(one => fold(one) === word))
  const found = named.length > 0 ? named : holding
  const [only, second] = found
  if (only !== undefined && second === undefined) {
    const left = ref(it, only)
    if (only.type.kind !== 'list') return compare(left, { not: false, op: 'is', right: value }, scope)
    const parts = value.parts.filter(part => part.word !== 'or' && part.word !== ',')
    const each = parts.map(part =>
      compare(left, { not: false, op: 'contains', right: chunk('values', [part], ['values']) }, scope),
    )
    const of = each.filter(part => part !== null)
    if (of.length < each.length) return null
    return of.length === 1 ? (of[0] ?? null) : { kind: 'any', of }
  }
  const type = it.types[0] ?? 'resource'
  if (second !== undefined) {
    return fail(
      scope,
      'ambiguous',
      participle,
      `\`${participle.text}\` could be ${found.map(d => `\`${d.name}\``).join(' or ')}`,
      {
        expected: found.map(d => `\`whose ${d.name} is ${value.text}\``),
      },
    )
  }
  const line = `${capitalize(article(type))} has ${article(participle.word)} of ${value.parts[0]?.text ?? ''} or other.`
  return fail(
    scope,
    'unknown_attribute',
    participle,
    `no attribute of ${article(type)} says what is \`${participle.text}\``,
    {
      expected: [`an attribute by name: \`whose status is ${value.text}\``, `a line that defines it: \`${line}\``],
      suggestion: line,
    },
  )
}

function inCurrency(token: Token, it: Noun, scope: Scope): Condition | null {
  const type = it.types[0] ?? 'payment'
  const defined = it.types.flatMap(t => attributesOf(scope.words, t))
  const currency = defined.find(d => fold(d.name) === 'currency')
  if (currency !== undefined) {
    const code = { ...token, text: currencyOf(token) ?? token.text }
    return compare(ref(it, currency), { not: false, op: 'is', right: chunk('values', [code], ['values']) }, scope)
  }
  const line = `${capitalize(article(type))} has a currency as text.`
  return fail(scope, 'unknown_attribute', token, `nothing says which currency ${article(type)} is in`, {
    expected: [`a line that defines it: \`${line}\``],
    suggestion: line,
  })
}
