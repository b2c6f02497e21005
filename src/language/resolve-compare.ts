import type { AttributeDefinition, AttributeRef, CompareOp, Condition, Region } from '../policy/ast.ts'
import { COUNTRIES, countryName, countryNamed, regionNamed } from '../policy/countries.ts'
import { article, capitalize, plural } from '../policy/print-words.ts'
import { attributesOf, attributesOfRequest, fold, relationNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { theTerm } from './resolve-term.ts'
import { checkOp, itemsOf, literalOf, negatedIf } from './resolve-value.ts'
import { choose, fail, nameOf, placeOf, type Scope, textOf, warn } from './scope.ts'
import type { Comparison, RefNode, Words } from './syntax.ts'
import type { Token } from './token.ts'
import { readQuoted } from './values.ts'

const sameType = (a: AttributeDefinition, b: AttributeDefinition): boolean =>
  JSON.stringify(a.type) === JSON.stringify(b.type)

/** An attribute by name: of the type a definition gives it, else of none. */
export function attributeOf(
  of: AttributeRef['of'],
  words: Words,
  types: readonly string[],
  scope: Scope,
): AttributeRef | null {
  const at = placeOf(words)
  const quoted = words[0]?.kind === 'quoted' ? readQuoted(words[0].text) : null
  const name = quoted ?? nameOf(words, '_')
  const known =
    of === 'context' ? attributesOfRequest(scope.words) : types.flatMap(type => attributesOf(scope.words, type))
  const found = known.filter(d => (quoted === null ? fold(d.name) === fold(name) : d.name === name))
  const first = found[0]
  if (first !== undefined) {
    if (found.every(d => sameType(d, first))) return { kind: 'attribute', of, name: first.name, type: first.type }
    return fail(scope, 'ambiguous', at, `\`${name}\` holds different things for ${types.join(' and ')}`, {
      expected: types.map(type => `a rule for ${plural(type)} alone`),
    })
  }
  if (of === 'context') return { kind: 'attribute', of, name, type: null }
  const relation = types.map(type => relationNamed(scope.words, type, name)).find(r => r !== null)
  if (relation !== undefined && relation !== null) {
    return fail(
      scope,
      'unknown_attribute',
      at,
      `\`${relation.name}\` of ${types.join(' and ')} is a relation, not an attribute`,
      {
        expected: [`\`… with user:alice as ${relation.name}\``, `\`if they are ${article(relation.name)} of …\``],
      },
    )
  }
  const near = nearest(
    name,
    known.map(d => d.name),
  )
  if (near !== null) {
    warn(scope, 'unknown_attribute', at, `\`${name}\` is not defined for ${types.join(' and ')}`, { suggestion: near })
  }
  return { kind: 'attribute', of, name, type: null }
}

/** `their x`, `its x`, `the payment's x`, `the request's x`. */
export function resolveRef(node: RefNode, scope: Scope): AttributeRef | null {
  if (node.owner !== null) {
    const its = node.owner.word === 'its'
    return attributeOf(its ? 'resource' : 'subject', node.name, its ? scope.resources : scope.subjects, scope)
  }
  const word = node.of[node.of.length - 1]
  if (node.of.length === 1 && (word?.word === 'request' || word?.word === 'call')) {
    const clash = scope.resources.includes(word.word)
    if (
      !clash ||
      choose(scope, word, `\`the ${word.text}\` is the call itself, and also what the rule is about`, 2) === 0
    ) {
      return attributeOf('context', node.name, [], scope)
    }
    return attributeOf('resource', node.name, scope.resources, scope)
  }
  const type = node.of.length === 1 && word?.word === 'org' && scope.resources.includes('org')
  const term = type ? { kind: 'resource' as const } : theTerm(node.of, scope)
  if (term === null) return null
  if (term.kind === 'subject') return attributeOf('subject', node.name, scope.subjects, scope)
  if (term.kind === 'resource') return attributeOf('resource', node.name, scope.resources, scope)
  return fail(
    scope,
    'unknown_attribute',
    placeOf(node.of),
    'a rule compares attributes of its subject, its resource or the request',
    {
      expected: ['`their …`', "`the resource's …`", "`the request's …`"],
    },
  )
}

type Written = { readonly op: Exclude<Comparison['op'], 'compared'> }

/** An attribute and the value it is said to hold, as a condition. */
export function compare(left: AttributeRef, comparison: Comparison & Written, scope: Scope): Condition | null {
  const { right, not } = comparison
  if ('kind' in right && right.kind === 'ref') {
    const ref = resolveRef(right, scope)
    const op = comparison.op === 'is' ? (not ? 'ne' : 'eq') : comparison.op
    if (ref === null || op === 'one-of' || !checkOp(op, left, ref, placeOf(right.name), scope)) return null
    return negatedIf(not && comparison.op !== 'is', { kind: 'compare', left, op, right: ref })
  }
  const items = itemsOf(right as Token)
  if (left.type?.kind === 'country' && (comparison.op === 'is' || comparison.op === 'one-of'))
    return inCountries(left, items, not, scope)
  const values = items.map(item => literalOf(item, left.type, left.name, scope))
  const literals = values.filter(value => value !== null)
  const [first] = literals
  if (first === undefined || literals.length < values.length) return null
  const listed = comparison.op === 'one-of' || literals.length > 1
  const op: CompareOp = comparison.op === 'is' || comparison.op === 'one-of' ? 'eq' : comparison.op
  if (left.type?.kind === 'list' && op === 'eq') {
    return fail(scope, 'wrong_value', right as Token, `\`${left.name}\` is a list`, {
      expected: ['`contains` and a value'],
    })
  }
  if (!literals.every(value => checkOp(op, left, value, right as Token, scope))) return null
  if (listed) return negatedIf(not, { kind: 'one-of', left, values: literals })
  if (comparison.op === 'is') return { kind: 'compare', left, op: not ? 'ne' : 'eq', right: first }
  return negatedIf(not, { kind: 'compare', left, op, right: first })
}

/** `whose country is Germany or France`. */
function inCountries(
  of: AttributeRef,
  items: readonly (readonly Token[])[],
  not: boolean,
  scope: Scope,
): Condition | null {
  const codes: string[] = []
  for (const item of items) {
    const text = item[0]?.kind === 'quoted' ? (readQuoted(item[0].text) ?? '') : textOf(item)
    const code = countryNamed(text)
    if (code === null) {
      return fail(scope, 'wrong_value', placeOf(item), `\`${text}\` is no country`, {
        expected: ['a country by its English name', 'a region after `in`, as in `is in the EU`'],
        suggestion: nearest(text, COUNTRIES.map(countryName)),
      })
    }
    codes.push(code)
  }
  return negatedIf(not, { kind: 'place', of, region: { name: null, countries: [...new Set(codes)].sort() } })
}

/** `public or internal` before the noun: values of one attribute. */
function eitherOf(of: 'subject' | 'resource', type: string, word: Token, scope: Scope): Condition | null {
  const items = word.parts.filter(part => ![',', 'or', 'and'].includes(part.word)).map(part => fold(part.word))
  const holding = attributesOf(scope.words, type).flatMap(({ name, type: holds }) => {
    const values = holds.kind === 'choice' ? items.map(item => holds.of.find(one => fold(one) === item)) : []
    const texts = values.filter(value => value !== undefined)
    return values.length > 0 && texts.length === values.length ? [{ name, type: holds, texts }] : []
  })
  const [only, second] = holding
  if (only !== undefined && second === undefined) {
    const left: AttributeRef = { kind: 'attribute', of, name: only.name, type: only.type }
    return { kind: 'one-of', left, values: only.texts.map(text => ({ kind: 'text', text })) }
  }
  return fail(
    scope,
    'unknown_attribute',
    word,
    `\`${word.text}\` are not values of one attribute of ${article(type)}`,
    {
      expected: [`\`${plural(type)} whose status is one of ${word.text}\``],
    },
  )
}

function placeNamed({ text }: Token): Region | null {
  if (!/^\p{Lu}/u.test(text)) return null
  const code = countryNamed(text)
  return code === null ? regionNamed(text) : { name: null, countries: [code] }
}

/** `EU users`: those whose country is in it. */
function fromThere(
  of: 'subject' | 'resource',
  type: string,
  word: Token,
  region: Region,
  scope: Scope,
): Condition | null {
  const known = attributesOf(scope.words, type).filter(one => one.type.kind === 'country')
  const country = known.find(one => one.name === 'country') ?? (known.length === 1 ? known[0] : undefined)
  if (country !== undefined) {
    return { kind: 'place', of: { kind: 'attribute', of, name: country.name, type: country.type }, region }
  }
  const line = `${capitalize(article(type))} has a country as a country.`
  return fail(scope, 'unknown_attribute', word, `nothing says in which country ${article(type)} is`, {
    expected: [`a line that defines it: \`${line}\``, 'where the call comes from, after a comma: `…, from the EU`'],
    suggestion: line,
  })
}

/** `draft` before the noun: a value of one of its attributes, or a flag by its name. */
export function adjective(of: 'subject' | 'resource', type: string, word: Token, scope: Scope): Condition | null {
  const defined = attributesOf(scope.words, type)
  if (word.parts.some(part => part.word === 'or' || part.word === 'and')) return eitherOf(of, type, word, scope)
  const found: Condition[] = []
  for (const { name, type: holds } of defined) {
    const left: AttributeRef = { kind: 'attribute', of, name, type: holds }
    const value = holds.kind === 'choice' ? holds.of.find(choice => fold(choice) === fold(word.word)) : undefined
    if (value !== undefined) found.push({ kind: 'compare', left, op: 'eq', right: { kind: 'text', text: value } })
    if (holds.kind === 'flag' && fold(name) === fold(word.word))
      found.push({ kind: 'compare', left, op: 'eq', right: { kind: 'flag', flag: true } })
  }
  if (found.length > 1)
    return found[choose(scope, word, `\`${word.text}\` is a value of several attributes`, found.length)] ?? null
  if (found.length === 1) return found[0] ?? null
  const place = placeNamed(word)
  if (place !== null) return fromThere(of, type, word, place, scope)
  const choices = defined.flatMap(d => (d.type.kind === 'choice' ? d.type.of : d.type.kind === 'flag' ? [d.name] : []))
  return fail(
    scope,
    'unknown_attribute',
    word,
    `\`${word.text}\` says nothing of ${article(type)}: no attribute has that value`,
    {
      expected: [
        `\`${plural(type)} whose status is ${word.word}\``,
        ...choices.slice(0, 8).map(choice => `\`${choice}\``),
      ],
      suggestion: nearest(word.word, choices),
    },
  )
}
