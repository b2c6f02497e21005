import { parseEntity } from '../policy/entity.ts'
import { find, fold, type Lexicon } from './lexicon.ts'
import { chunk, type Token } from './token.ts'

const JOINS = new Set([',', 'and', 'or'])

/**
 * `the scope write:documents` and `the tool "search web"`: a type and the id of one of its kind, which is
 * `scope:write:documents`. An id has a colon, a dot or an underscore, or stands in quotes: any other word after a type may
 * say something of it. What is listed after the first id is of the same type, unless it names a type of its own.
 */
export function namedThings(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  if (!tokens.some(token => token.word === 'the')) return tokens
  const made: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const type = tokens[i]?.word === 'the' ? typeAt(tokens[i + 1], words) : null
    const id = tokens[i + 2]
    if (type === null || id === undefined || !isId(id)) {
      made.push(tokens[i] as Token)
      i += 1
      continue
    }
    made.push(named(tokens.slice(i, i + 3), type, id))
    i += 3
    for (let at = pastJoin(tokens, i); at > i && isListed(tokens[at], words); at = pastJoin(tokens, i)) {
      const one = tokens[at] as Token
      made.push(...tokens.slice(i, at), named([one], type, one))
      i = at + 1
    }
  }
  return made
}

const typeAt = (token: Token | undefined, words: Lexicon): string | null =>
  token?.kind === 'word' ? (find(words.types, token.word) ?? null) : null

function isId(token: Token): boolean {
  if (token.kind === 'entity' || token.kind === 'quoted') return true
  return token.kind === 'word' && /[._]/.test(token.text)
}

function pastJoin(tokens: readonly Token[], from: number): number {
  let at = from
  while (at < from + 2 && JOINS.has(tokens[at]?.word ?? '')) at += 1
  return at
}

/** What goes on in a list of ids: of words with a dot or an underscore none can be told from what comes after the list. */
function isListed(token: Token | undefined, words: Lexicon): boolean {
  if (token?.kind !== 'entity') return false
  return !words.types.has(fold(parseEntity(token.text)?.type ?? ''))
}

function named(parts: readonly Token[], type: string, id: Token): Token {
  const own = id.kind === 'entity' ? parseEntity(id.text) : null
  const text = own !== null && fold(own.type) === fold(type) ? id.text : `${type}:${id.text}`
  return { ...chunk('entity', parts, ['entity'], text), parts: [] }
}
