/** What a token was written as. Chunks (`days` to `choices`) are several tokens that mean one thing, in `parts`. */
export type TokenKind =
  | 'word'
  | 'quoted'
  | 'entity'
  | 'email'
  | 'number'
  | 'money'
  | 'quantity'
  | 'slashed'
  | 'date'
  | 'time'
  | 'range'
  | 'zone'
  | 'possess'
  | 'mark'
  | 'unreadable'
  | 'days'
  | 'ranges'
  | 'values'
  | 'choices'
  | 'phrase'

/** Offsets are into the whole text. `word` is what grammar literals match: lower case, empty for what is no word. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly word: string
  readonly start: number
  readonly end: number
  /** The classes of the grammar (`%word`, `%value`, …) the token belongs to. */
  readonly is: readonly string[]
  readonly parts: readonly Token[]
}

export type GrammarSymbol = string | { readonly literal: string } | { readonly token: string }

/** One alternative of the grammar; `build` names the builder of its node. */
export interface GrammarRule {
  readonly name: string
  readonly symbols: readonly GrammarSymbol[]
  readonly build: string
}

/** A token made of several, spanning all of them. */
export function chunk(kind: TokenKind, parts: readonly Token[], is: readonly string[], text?: string): Token {
  const first = parts[0]
  const last = parts[parts.length - 1]
  return {
    kind,
    text: text ?? parts.map(part => part.text).join(' '),
    word: '',
    start: first?.start ?? 0,
    end: last?.end ?? 0,
    is,
    parts,
  }
}
