import { fold, isNoun, type Lexicon, typeNamed } from './lexicon.ts'
import { chunk, type Token } from './token.ts'
import { isVerb } from './verbs.ts'

const isOpen = (token: Token | undefined): boolean => token?.is.includes('word') ?? false

const OPENS_CLAUSE = new Set('can to cannot'.split(' '))
const DETS = new Set('the a an any all every each their his her its it them anything everything'.split(' '))
const isJoint = (token: Token | undefined): boolean =>
  token?.word === 'and' || token?.word === 'or' || token?.word === ','

/** In `view documents and edit drafts` the second verb is no noun: what has an object of its own is done again. */
export function verbPhrases(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  let state: 'before' | 'verbs' | 'object' = 'before'
  return tokens.map((token, i) => {
    const back = tokens[i - 1]
    if (OPENS_CLAUSE.has(back?.word ?? '') || back?.word === 'from' || (i === 0 && isVerb(token.word))) state = 'verbs'
    else if (state === 'verbs' && !isJoint(token) && !isJoint(back)) state = 'object'
    if (state !== 'object' || !isJoint(back) || !isOpen(token) || !isAction(token.word, words)) return token
    const next = tokens[i + 1]
    const det = DETS.has(next?.word ?? '')
    const object = det || isOpen(next) || next?.kind === 'entity' || next?.kind === 'quoted' || next?.kind === 'email'
    const noun = isNoun(words, token.word) || words.choices.has(fold(token.word)) || words.flags.has(fold(token.word))
    return object && (det || !noun) ? { ...token, is: ['again'] } : token
  })
}

const isAction = (word: string, words: Lexicon): boolean =>
  isVerb(word) || words.vocabulary.verbs.has(word) || (word.includes('_') && isVerb(word.slice(0, word.indexOf('_'))))

const QUANTIFIERS = new Set('any all none each every either both'.split(' '))
const JOINTS = new Set([',', 'and', 'or'])

/** `any of the eng, ops and sales teams`, `all of team:eng and team:ops`: a quantifier and the names it is about. */
function severalAt(
  tokens: readonly Token[],
  i: number,
  words: Lexicon,
): { readonly token: Token; readonly end: number } | null {
  const quantifier = tokens[i] as Token
  if (!QUANTIFIERS.has(quantifier.word) || tokens[i + 1]?.word !== 'of') return null
  const from = tokens[i + 2]?.word === 'the' ? i + 3 : i + 2
  const names: Token[] = []
  let end = from
  for (let open = true; end < tokens.length; end++) {
    const token = tokens[end] as Token
    const joint = JOINTS.has(token.word)
    if (!joint && !(open && (isOpen(token) || token.kind === 'entity'))) break
    if (!joint) names.push(token)
    open = joint
  }
  const head = tokens[end]
  const type = isOpen(head) ? typeNamed(words, head?.word ?? '') : null
  if (names.length < 2 || JOINTS.has(tokens[end - 1]?.word ?? '')) return null
  if (names.every(name => name.kind === 'entity')) {
    return { token: chunk('phrase', [quantifier, ...names], ['several']), end }
  }
  if (type === null || !names.every(isOpen)) return null
  const entities = names.map(
    (name): Token => ({ ...name, kind: 'entity', text: `${type}:${name.word}`, word: '', is: ['entity'] }),
  )
  return { token: chunk('phrase', [quantifier, ...entities], ['several']), end: end + 1 }
}

const ACTING: readonly (readonly string[])[] = [
  ['acting', 'for'],
  ['acting', 'on', 'behalf', 'of'],
  ['who', 'act', 'for'],
  ['that', 'act', 'for'],
  ['who', 'act', 'on', 'behalf', 'of'],
  ['that', 'act', 'on', 'behalf', 'of'],
  ['on', 'behalf', 'of'],
]
const DELEGATED: readonly (readonly [string, string])[] = [
  ['they act through an agent', 'delegated'],
  ['acting through an agent', 'delegated'],
  ['through an agent', 'delegated'],
  ['an agent acts for them', 'delegated'],
  ['someone acts for them', 'delegated'],
  ['they do not act through an agent', 'undelegated'],
  ['they act themselves', 'undelegated'],
  ['they act directly', 'undelegated'],
  ['acting themselves', 'undelegated'],
  ['acting directly', 'undelegated'],
  ['acting for themselves', 'undelegated'],
  ['not through an agent', 'undelegated'],
]
const CHUNKS: readonly (readonly [readonly string[], string])[] = [
  ...DELEGATED.map(([said, is]) => [said.split(' '), is] as const),
  ...ACTING.map(said => [said, 'acting'] as const),
  [['with', 'approval', 'from'], 'approved'] as const,
  [['with', 'the', 'approval', 'from'], 'approved'] as const,
  [['without', 'approval', 'from'], 'unapproved'] as const,
  [['without', 'the', 'approval', 'from'], 'unapproved'] as const,
  [['without', 'an', 'approval', 'from'], 'unapproved'] as const,
].sort((a, b) => b[0].length - a[0].length)
const CHUNK_HEADS = new Set(CHUNKS.map(([said]) => said[0] ?? ''))

/** `acting on behalf of`, `they act themselves`: several words of one meaning. */
export function phrases(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  if (!tokens.some(token => CHUNK_HEADS.has(token.word) || QUANTIFIERS.has(token.word))) return tokens
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const several = severalAt(tokens, i, words)
    if (several !== null) {
      found.push(several.token)
      i = several.end
      continue
    }
    const match = CHUNKS.find(([said]) => said.every((word, n) => tokens[i + n]?.word === word))
    const length = match === undefined ? 1 : match[0].length
    found.push(match === undefined ? (tokens[i] as Token) : chunk('phrase', tokens.slice(i, i + length), [match[1]]))
    i += length
  }
  return found
}
