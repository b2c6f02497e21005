import type { ResourcePhrase, Rule, Term } from '../policy/ast.ts'
import type { DiagnosticCode } from '../policy/diagnostic.ts'
import type { Lexicon } from './lexicon.ts'
import type { Token } from './token.ts'

/** A stretch of the text, by offsets. */
export interface Place {
  readonly start: number
  readonly end: number
}

export interface Fault extends Place {
  readonly code: DiagnosticCode
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly expected: readonly string[]
  readonly suggestion: string | null
}

/** A point where a sentence can be read in more than one way. */
export interface Fork extends Place {
  readonly message: string
  readonly ways: number
}

/** What `they`, `it` and `this` may take up: the rules of the sentence before, in the same paragraph. */
export interface Past {
  readonly rules: readonly Rule[]
  /** What the sentence itself has named before the pronoun: `approve payments and reject them`. */
  readonly named: readonly ResourcePhrase[]
  /** The sentence before has a problem, so that nothing can be said of this one. */
  readonly broken: boolean
}

export const NO_PAST: Past = { rules: [], named: [], broken: false }

export interface Taken {
  readonly type: string
  readonly term: Term
}

/** What the resolving of one sentence may look up, and where it leaves what it finds. */
export interface Scope {
  readonly words: Lexicon
  /** Types of the rule's subjects and resources, as far as they are known; empty for any. */
  readonly subjects: readonly string[]
  readonly resources: readonly string[]
  readonly faults: Fault[]
  readonly forks: Fork[]
  /** What pronouns may take up. */
  readonly past?: Past
  /** The noun of the sentence that is taken up (`editors of a document can edit it`), and what it stands for. */
  readonly taken?: Taken
  /** Which way to go at each fork, in order; the first where it says nothing. */
  readonly ways: readonly number[]
}

export interface Hint {
  readonly expected?: readonly string[]
  readonly suggestion?: string | null
}

function report(
  scope: Scope,
  severity: Fault['severity'],
  code: DiagnosticCode,
  at: Place,
  message: string,
  hint: Hint,
): void {
  const { expected = [], suggestion = null } = hint
  scope.faults.push({ code, severity, start: at.start, end: at.end, message, expected, suggestion })
}

/** Notes an error and gives null, which every resolver passes on. */
export function fail(scope: Scope, code: DiagnosticCode, at: Place, message: string, hint: Hint = {}): null {
  report(scope, 'error', code, at, message, hint)
  return null
}

export function warn(scope: Scope, code: DiagnosticCode, at: Place, message: string, hint: Hint = {}): void {
  report(scope, 'warning', code, at, message, hint)
}

/** Which of several readings to take this time; all of them are tried, and more than one that holds is refused. */
export function choose(scope: Scope, at: Place, message: string, ways: number): number {
  const way = scope.ways[scope.forks.length] ?? 0
  scope.forks.push({ start: at.start, end: at.end, message, ways })
  return way
}

export function placeOf(tokens: readonly Token[]): Place {
  return { start: tokens[0]?.start ?? 0, end: tokens[tokens.length - 1]?.end ?? 0 }
}

export const textOf = (tokens: readonly Token[]): string => tokens.map(token => token.text).join(' ')

/** The words of a run as one name: lower case, joined by `by`. Names of several words keep their own spaces. */
export const nameOf = (tokens: readonly Token[], by: string): string =>
  tokens.map(token => token.word.replace(/ /g, by)).join(by)
