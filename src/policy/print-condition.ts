import type { Condition } from './ast.ts'
import { isAdverbial, isLeaf, printDenied, printElapsed, printLeaf, printLimit, printRelated } from './print-clause.ts'
import { type Noun, printRef, termIs } from './print-term.ts'
import { printCountry, printName, printNetwork, printRegion } from './print-value.ts'
import { listed } from './print-words.ts'

/** A clause as its author would write it. `noun` is what the sentence calls its resource. */
export function printCondition(condition: Condition, noun: Noun = 'resource'): string {
  switch (condition.kind) {
    case 'all':
      return condition.of.map(c => member(c, 'any', noun)).join(' and ')
    case 'any':
      return condition.of.map(c => member(c, 'all', noun)).join(' or ')
    case 'not':
      return negation(condition.of, noun)
    default:
      return printLeaf(condition, noun)
  }
}

/** One of a list of clauses; a list within goes without brackets where `either` or `both` makes it clear. */
function member(c: Condition, inner: 'all' | 'any', noun: Noun): string {
  if (c.kind !== 'all' && c.kind !== 'any') return printCondition(c, noun)
  const marked = c.kind === inner && c.of.length > 1 && c.of.every(part => part.kind !== 'all' && part.kind !== 'any')
  if (!marked) return `(${printCondition(c, noun)})`
  return `${inner === 'any' ? 'either' : 'both'} ${printCondition(c, noun)}`
}

function negation(c: Condition, noun: Noun): string {
  if (c.kind === 'covered') return 'beyond their capabilities'
  if (c.kind === 'budgeted') return `beyond their ${c.by === 'budget' ? 'budget' : 'approval threshold'}`
  if (c.kind === 'delegated') return 'they act themselves'
  if (c.kind === 'is') return `${termIs({ kind: c.of }, noun)} not ${printName(c.entity)}`
  if (c.kind === 'schedule') return `outside ${c.schedule.name}`
  const denied = c.kind === 'compare' || c.kind === 'one-of' ? printDenied(c, noun) : null
  if (denied !== null && (c.kind === 'compare' || c.kind === 'one-of')) return `${printRef(c.left, noun)} ${denied}`
  if (c.kind === 'related') return printRelated(c, noun, ' not')
  if (c.kind === 'network') return `outside ${printNetwork(c.network)}`
  if (c.kind === 'place') {
    if (isAdverbial(c)) return `outside ${printRegion(c.region)}`
    return `${printRef(c.of, noun)} is not in ${printRegion(c.region)}`
  }
  if (c.kind === 'elapsed') return `${printRef(c.instant, noun)} is not ${printElapsed(c)}`
  if (c.kind === 'limit') return printLimit(c.limit, noun, 'over')
  const inner = printCondition(c, noun)
  return isLeaf(c) && isAdverbial(c) ? `not ${inner}` : `not (${inner})`
}

/** A rule's condition as the end of its sentence, with the comma, `if` or `unless` that joins it. */
export function printTail(condition: Condition | null, effect: 'permit' | 'forbid', noun: Noun): string {
  if (condition === null) return ''
  if (condition.kind === 'not' && !standsAlone(condition.of, effect)) {
    return ` unless ${printCondition(condition.of, noun)}`
  }
  if (condition.kind === 'any') {
    const intro = condition.of.every(isAdverbial) ? ',' : ' if'
    return `${intro} ${printCondition(condition, noun)}`
  }
  if (condition.kind !== 'all') {
    const intro = aboutPlace(condition) ? ',' : isAdverbial(condition) ? '' : ' if'
    return `${intro} ${printCondition(condition, noun)}`
  }
  const cut = condition.of.findIndex(c => !isAdverbial(c))
  const adverbs = cut < 0 ? condition.of : condition.of.slice(0, cut)
  const rest = cut < 0 ? [] : condition.of.slice(cut)
  const clauses = abroad(adverbs, noun)
  if (rest.length === 0) return clauses
  return `${clauses} if ${rest.map(c => member(c, 'any', noun)).join(' and ')}`
}

type Place = Extract<Condition, { readonly kind: 'place' }>

const outsideOf = (c: Condition): Place | null =>
  c.kind === 'not' && c.of.kind === 'place' && isAdverbial(c.of) ? c.of : null

/** Each clause behind a comma; places that all must be kept out of stand together, as they are read. */
function abroad(adverbs: readonly Condition[], noun: Noun): string {
  const parts: string[] = []
  for (let i = 0; i < adverbs.length; ) {
    const run: Place[] = []
    for (let at = i; at < adverbs.length; at++) {
      const place = outsideOf(adverbs[at] as Condition)
      if (place === null || (run.length > 0 && place.region.name === null)) break
      run.push(place)
    }
    const many = run.length > 1
    const names = run.flatMap(({ region }) =>
      region.name === null ? region.countries.map(printCountry) : [printRegion(region)],
    )
    parts.push(many ? `from countries outside ${listed(names, 'and')}` : printCondition(adverbs[i] as Condition, noun))
    i += many ? run.length : 1
  }
  return parts.map(part => `, ${part}`).join('')
}

/** After a comma `from Germany` is said of the call, whatever stands before. */
const aboutPlace = (c: Condition): boolean =>
  c.kind === 'not' ? aboutPlace(c.of) : c.kind === 'place' && isAdverbial(c)

/** `beyond their capabilities` and, in a permit, `outside business hours` say their `not` themselves. */
const standsAlone = (c: Condition, effect: 'permit' | 'forbid'): boolean =>
  c.kind === 'covered' ||
  c.kind === 'budgeted' ||
  c.kind === 'limit' ||
  (effect === 'permit' && (c.kind === 'schedule' || c.kind === 'network' || (c.kind === 'place' && isAdverbial(c))))
