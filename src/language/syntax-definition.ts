import type { NounPhrase, TermNode, Words } from './syntax.ts'
import type { Token } from './token.ts'

export interface AttributeNode {
  readonly name: Words
  readonly type: 'money' | 'unit' | 'choice' | 'kind'
  /** The currency, the unit, the choices or the kind. */
  readonly token: Token
}

export type DefinitionNode =
  | {
      readonly kind: 'noun-is'
      readonly det: Token | null
      readonly words: Words
      readonly be: Token
      readonly phrase: NounPhrase
    }
  | { readonly kind: 'name-is'; readonly words: Words; readonly token: Token }
  | { readonly kind: 'network-is'; readonly words: Words; readonly token: Token }
  | {
      readonly kind: 'hours-are'
      readonly words: Words
      readonly from: Token
      readonly to: Token
      readonly days: Token | null
      readonly zone: Token | null
    }
  | { readonly kind: 'region-is' | 'calendar-is'; readonly words: Words; readonly token: Token }
  | {
      readonly kind: 'attributes-are'
      readonly det: Token | null
      readonly words: Words
      readonly has: Token
      readonly attributes: readonly AttributeNode[]
    }
  | {
      readonly kind: 'people-are'
      readonly det: Token | null
      readonly words: Words
      readonly be: Token
      readonly people: readonly TermNode[]
    }
  | {
      readonly kind: 'verb-means'
      readonly verb: Token
      /** Null for things of any type. */
      readonly type: Words | null
      readonly means: readonly Token[]
    }
  | { readonly kind: 'role-is'; readonly relation: Words; readonly type: Words | null; readonly also: Words }
