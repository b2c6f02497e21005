import { countryNamed } from '../policy/countries.ts'
import { QUESTION_WORDS } from '../policy/print-question.ts'
import { classify } from './classify.ts'
import type { Lexicon } from './lexicon.ts'
import { chunk, type Token } from './token.ts'

const MODALS = new Set(['can', 'could', 'may', 'might', 'cannot', 'would'])
const BEING = new Set(['is', 'are', 'am'])
const RELATIVE = new Set(['today', 'tomorrow', 'yesterday', 'now'])
/** What `is` goes with where it asks; anywhere else it says what an attribute holds. */
const GRANTED = new Set('allowed permitted authorized authorised able ok okay fine possible'.split(' '))
const POLITE = new Set(['please', 'hey', 'hi', 'hello', ','])
const TASKS = new Set('check verify see say find tell explain show give list please'.split(' '))

/** The tokens of a question as its grammar wants them; `source` is the text they stand in. */
export function questionTokens(tokens: readonly Token[], source: string, words: Lexicon): readonly Token[] {
  const plain = countries(auxiliary(courtesies(tokens.map(expanded))), source).map(reserve)
  return classify(plain, 'question', words).map(forms)
}

/** Whether anything in it asks: a verb such as `can`, or `is … allowed`. */
export const asks = (tokens: readonly Token[]): boolean =>
  tokens.some(token => token.is.includes('modal') || token.is.includes('be'))

/** `who's` is `who is`. */
function expanded(token: Token, i: number, tokens: readonly Token[]): Token {
  const who = tokens[i - 1]?.word
  const verb = token.kind === 'possess' && (who === 'who' || who === 'what')
  return verb ? { ...token, kind: 'word', word: 'is', is: ['word'] } : token
}

/** `Please`, and `could you` before what is wanted, say nothing. */
function courtesies(tokens: readonly Token[]): readonly Token[] {
  let from = 0
  while (POLITE.has(tokens[from]?.word ?? '')) from += 1
  if (tokens[from + 1]?.word === 'you' && TASKS.has(tokens[from + 2]?.word ?? '')) from += 2
  while (POLITE.has(tokens[from]?.word ?? '')) from += 1
  const last = tokens[tokens.length - 1]?.word === 'please' ? tokens.length - 1 : tokens.length
  return tokens.slice(from, Math.max(from, last))
}

/** The verb that makes it a question is a class of its own, so that no other reading meets it. */
function auxiliary(tokens: readonly Token[]): readonly Token[] {
  const modal = tokens.findIndex((token, i) => MODALS.has(token.word) && tokens[i - 1]?.kind !== 'number')
  if (modal >= 0) return marked(tokens, modal, 'modal')
  const granted = tokens.findIndex(token => GRANTED.has(token.word))
  return marked(
    tokens,
    tokens.slice(0, Math.max(0, granted)).findLastIndex(token => BEING.has(token.word)),
    'be',
  )
}

const marked = (tokens: readonly Token[], at: number, as: string): readonly Token[] =>
  tokens.map((token, i) => (i === at ? { ...token, word: '', is: [as] } : token))

/** Tokens of the longest country's name. */
const MOST = 8

/** `from Germany`, `in the United States`: names of countries after a word for being somewhere. */
function countries(tokens: readonly Token[], source: string): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const length = somewhere(tokens, i) ? longest(tokens, i, source) : 0
    if (length > 0) found.push(chunk('phrase', tokens.slice(i, i + length), ['country']))
    else found.push(tokens[i] as Token)
    i += Math.max(1, length)
  }
  return found
}

function somewhere(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]?.word === 'the' ? tokens[i - 2]?.word : tokens[i - 1]?.word
  return tokens[i]?.kind === 'word' && (before === 'from' || before === 'in' || before === 'inside')
}

function longest(tokens: readonly Token[], from: number, source: string): number {
  for (let length = Math.min(MOST, tokens.length - from); length > 0; length--) {
    if (countryOf(tokens.slice(from, from + length), source) !== null) return length
  }
  return 0
}

/** The code of the country that tokens name as they stand in the text. */
export function countryOf(tokens: readonly Token[], source: string): string | null {
  const text = source.slice(tokens[0]?.start ?? 0, tokens[tokens.length - 1]?.end ?? 0)
  return text.length > 80 ? null : countryNamed(text)
}

function reserve(token: Token): Token {
  if (token.kind !== 'word' || !QUESTION_WORDS.has(token.word)) return token
  return { ...token, is: RELATIVE.has(token.word) ? ['relative'] : [] }
}

/** `deleting` and `deletes` may stand where only such a form can. */
function forms(token: Token): Token {
  if (token.kind !== 'word' || !token.is.includes('word')) return token
  if (/[a-z]{2}ing$/.test(token.word)) return { ...token, is: [...token.is, 'gerund'] }
  return /[a-z]{2}s$/.test(token.word) ? { ...token, is: [...token.is, 'third'] } : token
}
