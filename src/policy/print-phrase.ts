import type { Condition, ResourcePhrase, SubjectPhrase } from './ast.ts'
import { isLeaf, type Leaf, printComparison, printDenied, printElapsed } from './print-clause.ts'
import { printCondition } from './print-condition.ts'
import { type Noun, printHeld, printHeldBy, printNested, printTerm } from './print-term.ts'
import { printName, printRegion } from './print-value.ts'
import { listed, plain, plural, wordOrQuoted } from './print-words.ts'

/** Whose noun phrase a modifier belongs to. */
type Self = 'subject' | 'resource'

const WHO_ARE = 'who are'
const WHO_CAN = 'who can'

/** What a permission of the model lets do: `view` for `can_view`; null for every other relation. */
function abilityOf(c: Extract<Condition, { readonly kind: 'related' }>): string | null {
  const verb = c.relation.startsWith('can_') ? c.relation.slice(4) : ''
  const plainObject = c.object.kind === 'resource' || c.object.kind === 'entity'
  return plainObject && plain(verb) && !verb.includes('_') ? verb : null
}

/** `last`: nothing of the phrase follows, so that a noun within it can have its detail behind it. */
function related(
  c: Extract<Condition, { readonly kind: 'related' }>,
  self: Self,
  noun: Noun,
  last: boolean,
): string | null {
  const nested = last && self === 'resource' && c.object.kind === self ? printNested(c.user, noun) : null
  if (nested !== null) return printHeldBy(c.relation, c.user, nested) ?? `whose ${c.relation} is ${nested}`
  const user = printTerm(c.user, noun)
  if (c.object.kind === self) {
    const can = c.user.kind === 'subject' && self === 'resource' ? abilityOf(c) : null
    if (can !== null) return `they can ${can}`
    const held = printHeld(c.relation, c.user, noun)
    return held === null || (self === 'subject' && held.startsWith('in ')) ? `with ${user} as ${c.relation}` : held
  }
  if (self === 'subject' && c.user.kind === 'subject') {
    const can = abilityOf(c)
    if (can !== null) return `${WHO_CAN} ${can} ${printTerm(c.object, noun)}`
    return `${WHO_ARE} ${plural(c.relation)} of ${printTerm(c.object, noun)}`
  }
  return null
}

/** One leaf as a modifier of the noun, or null where the noun phrase has no such form. */
function modifier(c: Leaf, self: Self, noun: Noun, last = false): string | null {
  if (c.kind === 'related') return related(c, self, noun, last)
  if (c.kind === 'place' && c.of.of === self) return `whose ${wordOrQuoted(c.of.name)} is in ${printRegion(c.region)}`
  if (c.kind === 'elapsed' && c.instant.of === self)
    return `whose ${wordOrQuoted(c.instant.name)} is ${printElapsed(c)}`
  if ((c.kind !== 'compare' && c.kind !== 'one-of') || c.left.of !== self) return null
  return `whose ${wordOrQuoted(c.left.name)} ${printComparison(c, noun)}`
}

/** `whose country is not in Germany`: the name before it may hold any words. */
function deniedOf(inner: string, c: Extract<Condition, { readonly kind: 'place' | 'elapsed' }>): string {
  const name = wordOrQuoted(c.kind === 'place' ? c.of.name : c.instant.name)
  const cut = `whose ${name} is`.length
  return `${inner.slice(0, cut)} not${inner.slice(cut)}`
}

function negatable(c: Condition, self: Self, noun: Noun, last = false): string | null {
  if (c.kind !== 'not') return isLeaf(c) ? modifier(c, self, noun, last) : null
  if (!isLeaf(c.of)) return null
  const inner = modifier(c.of, self, noun)
  if (c.of.kind === 'compare' || c.of.kind === 'one-of') {
    const denied = printDenied(c.of, noun)
    if (inner !== null && denied !== null) return `whose ${wordOrQuoted(c.of.left.name)} ${denied}`
  }
  if (inner !== null && (c.of.kind === 'place' || c.of.kind === 'elapsed')) return deniedOf(inner, c.of)
  if (inner?.startsWith(WHO_CAN)) return `who cannot${inner.slice(WHO_CAN.length)}`
  if (inner?.startsWith(WHO_ARE)) return `${WHO_ARE} not${inner.slice(WHO_ARE.length)}`
  return inner === null ? null : `not ${inner}`
}

function list(c: Condition, self: Self, noun: Noun): string | null {
  if (c.kind !== 'all' && c.kind !== 'any') return negatable(c, self, noun, true)
  const parts = c.of.map((part, i) => {
    const bare = negatable(part, self, noun, i === c.of.length - 1)
    if (bare !== null || (part.kind !== 'all' && part.kind !== 'any') || part.kind === c.kind) return bare
    const inner = part.of.map(p => negatable(p, self, noun))
    if (inner.includes(null) || inner.length < 2) return null
    return part.kind === 'any' ? `either ${inner.join(' or ')}` : `both ${inner.join(' and ')}`
  })
  return parts.includes(null) || parts.length < 2 ? null : parts.join(c.kind === 'all' ? ' and ' : ' or ')
}

/** What follows a noun: ` shared with their team`, or ` such that (…)` for what modifiers cannot say. */
export function printWhere(where: Condition | null, self: Self, noun: Noun): string {
  if (where === null) return ''
  return ` ${list(where, self, noun) ?? `such that (${printCondition(where, noun)})`}`
}

/** Each noun gets its own `any` where a modifier could be read as belonging to the one before as well. */
function eachMarked(items: readonly { readonly kind: string; readonly where?: Condition | null }[]): boolean {
  const bare = items.findIndex(i => i.kind === 'type' && i.where === null)
  return bare >= 0 && items.slice(bare).some(i => i.kind === 'type' && i.where !== null)
}

/** A list or a phrase of several parts stands in brackets where more than one noun could be meant. */
const bracketed = (kind: string, text: string, lists: boolean): string =>
  kind === 'except' || kind === 'acting' || (lists && kind === 'any-of') ? `(${text})` : text

export function printSubject(subject: SubjectPhrase, noun: Noun = 'resource', marked = false): string {
  const inner = (s: SubjectPhrase, lists: boolean): string => bracketed(s.kind, printSubject(s, noun), lists)
  switch (subject.kind) {
    case 'anyone':
      return 'anyone'
    case 'type':
      return `${marked ? `any ${subject.type}` : plural(subject.type)}${printWhere(subject.where, 'subject', noun)}`
    case 'named':
      return printName(subject.entity)
    case 'role':
      return `${plural(subject.relation)} of ${printTerm(subject.on, noun)}`
    case 'group':
      return plural(subject.name)
    case 'except':
      return `${inner(subject.of, true)} except ${inner(subject.but, false)}`
    case 'acting':
      return `${inner(subject.actor, true)} acting for ${inner(subject.for, false)}`
    case 'any-of': {
      const each = eachMarked(subject.of)
      return listed(
        subject.of.map(s => (s.kind === 'type' ? printSubject(s, noun, each) : inner(s, true))),
        'and',
      )
    }
  }
}

export function printResource(resource: ResourcePhrase, noun: Noun = 'resource', marked = false): string {
  const inner = (r: ResourcePhrase, lists: boolean): string => bracketed(r.kind, printResource(r, noun), lists)
  switch (resource.kind) {
    case 'anything':
      return 'anything'
    case 'type':
      return `${marked ? `any ${resource.type}` : plural(resource.type)}${printWhere(resource.where, 'resource', noun)}`
    case 'named':
      return printName(resource.entity)
    case 'except':
      return `${inner(resource.of, true)} except ${inner(resource.but, false)}`
    case 'any-of': {
      const each = eachMarked(resource.of)
      return listed(
        resource.of.map(r => (r.kind === 'type' ? printResource(r, noun, each) : inner(r, true))),
        'and',
      )
    }
  }
}
