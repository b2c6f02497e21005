import type { Clause, Comparison, Listed, Phrase, RefNode, Words } from './syntax.ts'
import type { Token } from './token.ts'

/** The shape of a question, before its words are looked up. */

/** `typed` is `user alice@acme.com`. */
export type Person =
  | Phrase
  | { readonly kind: 'me'; readonly token: Token }
  | { readonly kind: 'typed'; readonly type: Token; readonly name: Token }

export type Circumstance =
  | { readonly kind: 'relative'; readonly token: Token }
  | { readonly kind: 'schedule'; readonly token: Token }
  | { readonly kind: 'ranges' | 'network'; readonly token: Token }
  | { readonly kind: 'country'; readonly token: Token }
  | { readonly kind: 'days'; readonly token: Token; readonly week: 'next' | 'this' | null }
  | { readonly kind: 'date' | 'time'; readonly token: Token; readonly zone: Token | null }
  | { readonly kind: 'behalf'; readonly of: Person }
  | { readonly kind: 'clause'; readonly token: Token; readonly clause: Clause }
  | { readonly kind: 'state'; readonly ref: RefNode; readonly comparison: Comparison }

/** What a question looks for: nothing (`yes-no`), whom, what, or which actions. */
export type Form = 'yes-no' | 'who' | 'what' | 'do'

export interface QuestionNode {
  readonly form: Form
  readonly explain: boolean
  /** Whom it is about; null where that is what is sought. */
  readonly who: Listed<Person> | null
  /** Among which subjects or resources is sought; null for any. */
  readonly among: Listed<Phrase> | null
  readonly verbs: Listed<Token> | null
  readonly resources: Listed<Phrase> | null
  readonly circumstances: readonly Circumstance[]
}

/** Those who are named by words alone, as `the research bot` after `on behalf of`. */
export const named = (words: Words, det: Token | null): Phrase => ({ kind: 'noun', det, owner: null, words, mods: [] })
