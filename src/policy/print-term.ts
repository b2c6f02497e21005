import type { Approver, AttributeRef, ResourcePhrase, Term } from './ast.ts'
import { printName } from './print-value.ts'
import { article, wordOrQuoted } from './print-words.ts'

/** What a sentence calls its resource: `payment` where the rule is about payments, else `resource`. */
export type Noun = string

const TAKEN: ReadonlySet<string> = new Set(['org', 'request', 'subject', 'resource'])

export function nounOf(resource: ResourcePhrase): Noun {
  const type = resource.kind === 'type' ? resource.type : resource.kind === 'named' ? resource.entity.type : ''
  return type === '' || TAKEN.has(type.toLowerCase()) ? 'resource' : type
}

/** As an object: `them`, `the payment`, `their team`. */
export function printTerm(term: Term, noun: Noun): string {
  switch (term.kind) {
    case 'subject':
      return 'them'
    case 'resource':
      return `the ${noun}`
    case 'org':
      return 'the org'
    case 'entity':
      return printName(term.entity)
    case 'some':
      return term.relation === 'member' && term.of.kind === 'subject'
        ? `their ${term.type}`
        : `any ${term.type} with ${printTerm(term.of, noun)} as ${term.relation}`
  }
}

/** `they are`, `the payment is`. */
export const termIs = (term: Term, noun: Noun): string =>
  term.kind === 'subject' ? 'they are' : `${printTerm(term, noun)} is`

/** `their department`, `the payment's amount`, `the request's channel`. */
export function printRef(ref: AttributeRef, noun: Noun): string {
  const name = wordOrQuoted(ref.name)
  if (ref.of === 'subject') return `their ${name}`
  return ref.of === 'context' ? `the request's ${name}` : `the ${noun}'s ${name}`
}

export const printApprover = (approver: Approver, noun: Noun): string =>
  approver.on.kind === 'subject'
    ? `their ${approver.relation}`
    : `${article(approver.relation)} of ${printTerm(approver.on, noun)}`
