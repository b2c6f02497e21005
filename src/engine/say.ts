import type { AttributeRef, CompareOp, Condition, ResourcePhrase, SubjectPhrase, Term } from '../policy/ast.ts'
import { printEntity } from '../policy/entity.ts'
import { printDays, printHours, printLiteral, printMinutes, printNetwork, printZone } from '../policy/print-value.ts'
import { article, listed, plural } from '../policy/print-words.ts'
import type { Literal } from '../policy/value.ts'

/** Who a rule is about, in words. */
export function saySubject(phrase: SubjectPhrase): string {
  switch (phrase.kind) {
    case 'anyone':
      return 'anyone'
    case 'type':
      return phrase.where === null ? plural(phrase.type) : `${plural(phrase.type)} where ${sayCondition(phrase.where)}`
    case 'named':
      return printEntity(phrase.entity)
    case 'role':
      return `${plural(phrase.relation)} of ${sayTerm(phrase.on)}`
    case 'group':
      return plural(phrase.name)
    case 'any-of':
      return listed(phrase.of.map(saySubject), 'or')
  }
}

/** What a rule is about, in words. */
export function sayResource(phrase: ResourcePhrase): string {
  switch (phrase.kind) {
    case 'anything':
      return 'anything'
    case 'type':
      return phrase.where === null ? plural(phrase.type) : `${plural(phrase.type)} where ${sayCondition(phrase.where)}`
    case 'named':
      return printEntity(phrase.entity)
    case 'any-of':
      return listed(phrase.of.map(sayResource), 'or')
  }
}

const OPS: Record<CompareOp, string> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  le: 'is at most',
  gt: 'is more than',
  ge: 'is at least',
  contains: 'contains',
}

/** A clause in words, as an author might write it. */
export function sayCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
      return listed(condition.of.map(sayCondition), 'and')
    case 'any':
      return listed(condition.of.map(sayCondition), 'or')
    case 'not':
      return `not (${sayCondition(condition.of)})`
    case 'related':
      return `${sayTerm(condition.user)} is ${article(condition.relation)} of ${sayTerm(condition.object)}`
    case 'compare':
      return `${sayRef(condition.left)} ${OPS[condition.op]} ${sayOther(condition.right, condition.left)}`
    case 'one-of':
      return `${sayRef(condition.left)} is ${listed(
        condition.values.map(v => printLiteral(v, condition.left.type)),
        'or',
      )}`
    case 'weekday':
      return `on ${printDays(condition.days)}${printZone(condition.zone)}`
    case 'hours':
      return `from ${printMinutes(condition.from)} to ${printMinutes(condition.to)}${printZone(condition.zone)}`
    case 'schedule':
      return `during ${condition.schedule.name} (${printHours(condition.schedule)})`
    case 'date':
      return `${condition.op} ${condition.date}${printZone(condition.zone)}`
    case 'network':
      return `from ${printNetwork(condition.network)}`
    case 'covered':
      return 'covered by their capabilities'
  }
}

const sayOther = (other: Literal | AttributeRef, left: AttributeRef): string =>
  other.kind === 'attribute' ? sayRef(other) : printLiteral(other, left.type)

function sayRef({ of, name }: AttributeRef): string {
  return of === 'context' ? `the request's ${name}` : of === 'subject' ? `their ${name}` : `its ${name}`
}

function sayTerm(term: Term): string {
  switch (term.kind) {
    case 'subject':
      return 'they'
    case 'resource':
      return 'it'
    case 'org':
      return 'the org'
    case 'entity':
      return printEntity(term.entity)
    case 'some':
      return `some ${term.type} that has ${sayTerm(term.of)} as ${article(term.relation)}`
  }
}
