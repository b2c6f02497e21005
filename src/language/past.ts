import type { Condition, ResourcePhrase, Rule, SubjectPhrase, Term } from '../policy/ast.ts'
import { printResource, printRule, printSubject } from '../policy/print.ts'
import { choose, fail, NO_PAST, type Scope } from './scope.ts'
import type { Token } from './token.ts'

function distinct<T>(items: readonly T[], print: (item: T) => string): readonly T[] {
  return [...new Map(items.map(item => [print(item), item])).values()]
}

/** The only one there is; where there are several each is a reading, where there is none the word says nothing. */
function taken<T>(items: readonly T[], token: Token, what: string, scope: Scope): T | null {
  const [only] = items
  if (only === undefined) {
    if (scope.past?.broken === true) return silent(scope, token)
    return fail(scope, 'unknown_name', token, `nothing before \`${token.text}\` says ${what}`, {
      expected: [`a sentence before it, in the same paragraph, or the noun itself`],
      suggestion: what === 'who that is' ? 'users' : 'documents',
    })
  }
  if (items.length === 1) return only
  return items[choose(scope, token, `\`${token.text}\` can take up more than one`, items.length)] ?? null
}

/** An error that is not shown, since the sentence before has one that is. */
function silent(scope: Scope, token: Token): null {
  return fail(scope, 'unknown_name', token, '')
}

/** Whom `they` means. */
export function subjectBefore(token: Token, scope: Scope): SubjectPhrase | null {
  const known = (scope.past?.rules ?? []).map(rule => rule.subject).filter(subject => subject.kind !== 'anyone')
  return taken(
    distinct(known, subject => printSubject(subject)),
    token,
    'who that is',
    scope,
  )
}

const speaksOfSubject = (part: Condition | Term | ResourcePhrase | null): boolean =>
  JSON.stringify(part, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(
    '{"kind":"subject"}',
  )

/** What `it` means. What is said of it in terms of somebody else may be meant, or not. */
export function resourceBefore(token: Token, subject: SubjectPhrase | null, scope: Scope): ResourcePhrase | null {
  const past = scope.past ?? NO_PAST
  const rules = past.rules.filter(rule => rule.resource.kind !== 'anything')
  const known = past.named.length > 0 ? past.named : rules.map(rule => rule.resource)
  const found = taken(
    distinct(known, resource => printResource(resource)),
    token,
    'what that is',
    scope,
  )
  if (found === null || found.kind !== 'type' || past.named.length > 0 || !speaksOfSubject(found.where)) return found
  const whose = rules.find(rule => rule.resource === found)?.subject
  if (whose !== undefined && subject !== null && printSubject(whose) === printSubject(subject)) return found
  const message = `\`${token.text}\` takes up what is said in terms of ${whose === undefined ? 'others' : printSubject(whose)}`
  return choose(scope, token, message, 2) === 0 ? found : { ...found, where: null }
}

/** What `that` in `do that` means: actions and resource of the sentence before. */
export function deedBefore(token: Token, scope: Scope): Pick<Rule, 'actions' | 'resource'> | null {
  const known = (scope.past?.rules ?? []).map(({ actions, resource }) => ({ actions, resource }))
  const print = (deed: Pick<Rule, 'actions' | 'resource'>): string =>
    printRule({ kind: 'rule', effect: 'permit', subject: { kind: 'anyone' }, condition: null, approver: null, ...deed })
  return taken(distinct(known, print), token, 'what that is', scope)
}
