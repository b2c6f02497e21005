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
    case 'some': {
      const whose = term.relation === 'member' ? belongs(term.of, noun) : null
      return whose === null
        ? `any ${term.type} with ${printTerm(term.of, noun)} as ${term.relation}`
        : `${whose} ${term.type}`
    }
    case 'holder':
      return term.type === 'user' && possessive(term.on, noun) !== null
        ? `${possessive(term.on, noun)} ${term.relation}`
        : `any ${term.type} that is ${article(term.relation)} of ${printTerm(term.on, noun)}`
  }
}

/** `their`, `the payment's`, `their manager's`; null where the `'s` could belong to a part of the term. */
function possessive(term: Term, noun: Noun): string | null {
  if (term.kind === 'subject') return 'their'
  const said = printTerm(term, noun)
  return said.startsWith('any ') ? null : `${said}'s`
}

/** Those of whom `their team` and `their manager's team` can be said. */
const belongs = (of: Term, noun: Noun): string | null =>
  of.kind === 'subject' || (of.kind === 'holder' && of.type === 'user') ? possessive(of, noun) : null

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
  approver.relation === null
    ? printTerm(approver.on, noun)
    : approver.on.kind === 'subject'
      ? `their ${approver.relation}`
      : `${article(approver.relation)} of ${printTerm(approver.on, noun)}`

/** Relations that have words of their own; every other is told by its name. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['shared_with', 'shared with'],
  ['owner', 'owned by'],
  ['assignee', 'assigned to'],
  ['manager', 'managed by'],
  ['creator', 'created by'],
])

function typeOf(term: Term): string | null {
  if (term.kind === 'entity') return term.entity.type
  return term.kind === 'some' || term.kind === 'holder' ? term.type : term.kind === 'org' ? 'org' : null
}

/** `shared with their team`, `in the org`; null for a relation without words of its own. */
export const printHeld = (relation: string, user: Term, noun: Noun): string | null =>
  printHeldBy(relation, user, printTerm(user, noun))

/** As `printHeld`, with `user` in the words of `said`. */
export function printHeldBy(relation: string, user: Term, said: string): string | null {
  if (relation === typeOf(user)) return `in ${said}`
  const words = WORDS.get(relation)
  return words === undefined ? null : `${words} ${said}`
}

/** `a folder owned by their team`, for a place where nothing follows; null where that says no more than `printTerm`. */
export function printNested(term: Term, noun: Noun): string | null {
  if (term.kind !== 'some' || (term.relation === 'member' && belongs(term.of, noun) !== null)) return null
  const of = printNested(term.of, noun) ?? printTerm(term.of, noun)
  const held = printHeldBy(term.relation, term.of, of)
  return held === null ? null : `${article(term.type)} ${held}`
}
