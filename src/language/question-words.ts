import { QUESTION_WORDS } from '../policy/print-question.ts'
import { classify } from './classify.ts'
import type { Lexicon } from './lexicon.ts'
import { supposed } from './question-match.ts'
import type { Token } from './token.ts'

const MODALS = new Set(['can', 'could', 'may', 'might', 'cannot', 'would'])
const BEING = new Set(['is', 'are', 'am'])
/** What `is` goes with where it asks; anywhere else it says what an attribute holds. */
const GRANTED = new Set('allowed permitted authorized authorised able ok okay fine possible'.split(' '))
const POLITE = new Set(['please', 'hey', 'hi', 'hello', ','])
const TASKS = new Set('check verify see say find tell explain show give list please'.split(' '))

/** The tokens of a question as its grammar wants them. */
export function questionTokens(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  const plain = supposed(auxiliary(ofTheUser(courtesies(tokens.map(expanded)))), words).map(reserve)
  return classify(plain, 'question', words).map(forms)
}

/** Whether anything in it asks: a verb such as `can`, or `is … allowed`. */
export const asks = (tokens: readonly Token[]): boolean =>
  tokens.some(({ is, word }) => is.includes('modal') || is.includes('be') || word === 'permission' || word === 'right')

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
  let last = tokens.length
  while (last > from && POLITE.has(tokens[last - 1]?.word ?? '')) last -= 1
  return tokens.slice(from, last)
}

/** `the user's calendar` is one for the user, whose name the asker's own chain says. */
function ofTheUser(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(
    (token, i) =>
      token.kind === 'possess' &&
      tokens[i - 1]?.word === 'user' &&
      tokens[i - 2]?.word === 'the' &&
      tokens[i + 1] !== undefined &&
      tokens[i + 1]?.word !== 'behalf',
  )
  const [the, user, mark] = tokens.slice(at - 2, at + 1)
  if (at < 0 || the === undefined || user === undefined || mark === undefined) return tokens
  const lead: Token = { ...the, text: 'for', word: 'for' }
  return [...tokens.slice(0, at - 2), ...tokens.slice(at + 1), lead, the, user]
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

function reserve(token: Token): Token {
  if (token.kind !== 'word' || !QUESTION_WORDS.has(token.word)) return token
  return { ...token, is: [] }
}

/** `deleting` and `deletes` may stand where only such a form can. */
function forms(token: Token): Token {
  if (token.kind !== 'word' || !token.is.includes('word')) return token
  if (/[a-z]{2}ing$/.test(token.word)) return { ...token, is: [...token.is, 'gerund'] }
  return /[a-z]{2}s$/.test(token.word) ? { ...token, is: [...token.is, 'third'] } : token
}
