import moo from 'moo'
import type { Token, TokenKind } from './token.ts'

const WORD = String.raw`[\p{L}_][\p{L}\p{N}_]*(?:[-.][\p{L}\p{N}_]+)*`
const DIGITS = String.raw`(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?`
const SCALE = String.raw`(?:\s?(?:[kK]|[mM]|[bB][nN]|thousand|million|billion)(?![\p{L}\p{N}_]))?`
const END = String.raw`(?![\p{L}\p{N}_])`
const QUOTED = String.raw`"(?:[^"\\\n]|\\[^\n])*"|“[^”\n]*”`
const HEX = '[0-9A-Fa-f]{1,4}'
const V6 = `(?:${HEX}:){7}${HEX}|(?:${HEX}(?::${HEX}){0,6})?::(?:${HEX}(?::${HEX}){0,6})?`

const pattern = (source: string): RegExp => new RegExp(source, 'u')

/** In order: the first that matches here wins. */
const lexer = moo.compile({
  space: { match: pattern(String.raw`[\s\u00a0]+`), lineBreaks: true },
  quoted: pattern(QUOTED),
  range: [pattern(`(?:${V6})(?:/\\d{1,3})?${END}`), pattern(String.raw`\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,3})?${END}`)],
  date: pattern(String.raw`\d{4}-\d{2}-\d{2}${END}`),
  slashed: [
    pattern(String.raw`\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})${END}`),
    pattern(String.raw`\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})${END}`),
  ],
  time: [pattern(String.raw`\d{1,2}(?::\d{2})?\s?[AaPp]\.?[Mm]${END}`), pattern(String.raw`\d{1,2}:\d{2}${END}`)],
  money: pattern(String.raw`-?[$€£¥₹]\s?${DIGITS}${SCALE}`),
  email: pattern(String.raw`[\p{L}\p{N}_][\p{L}\p{N}._%+-]*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`),
  number: pattern(`-?${DIGITS}(?:[kKmM]|[bB][nN])?${END}`),
  ordinal: pattern(String.raw`\d{1,2}(?:[sS][tT]|[nN][dD]|[rR][dD]|[tT][hH])${END}`),
  glued: pattern(String.raw`${DIGITS}\p{L}{1,4}${END}`),
  entity: [pattern(`${WORD}:(?:${QUOTED})`), pattern(String.raw`${WORD}:[^\s,;()"“”'’]*[^\s,;()"“”'’.:!?]`)],
  zone: pattern(`[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+`),
  contraction: pattern(`(?:[Cc][Aa][Nn]|[Ii][Ss]|[Aa][Rr][Ee]|[Dd][Oo][Ee][Ss]|[Dd][Oo])(?:[Nn])?['’][Tt]${END}`),
  word: pattern(WORD),
  possess: pattern(`['’](?:[sS]${END})?`),
  dash: pattern('[-–—]'),
  mark: pattern('[,()%]'),
  unreadable: moo.error,
})

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  word: ['word'],
  quoted: ['quoted', 'value'],
  entity: ['entity'],
  email: ['email'],
  number: ['value', 'amount'],
  money: ['value', 'amount'],
  date: ['date', 'value'],
  time: ['time'],
  zone: ['zone'],
  possess: ['possess'],
}

function token(kind: TokenKind, text: string, start: number, word: string): Token {
  return { kind, text, word, start, end: start + text.length, is: CLASSES[kind] ?? [], parts: [] }
}

/** `can't` is `cannot`; `isn't` is `is` and `not`. */
function contraction(text: string, start: number): readonly Token[] {
  const verb = text.toLowerCase().replace(/n?['’]t$/, '')
  if (verb === 'ca' || verb === 'can') return [token('word', text, start, 'cannot')]
  const cut = verb.length
  return [token('word', text.slice(0, cut), start, verb), token('word', text.slice(cut), start + cut, 'not')]
}

/** `5MB` is `5` and `MB`. */
function glued(text: string, start: number): readonly Token[] {
  const cut = text.search(/\p{L}/u)
  const unit = text.slice(cut)
  return [token('number', text.slice(0, cut), start, ''), token('word', unit, start + cut, unit.toLowerCase())]
}

/** The tokens of one sentence, at most `limit` and one; the last is `unreadable` where the text could not be read on. */
export function lex(text: string, offset: number, limit: number): readonly Token[] {
  const tokens: Token[] = []
  lexer.reset(text)
  for (const raw of lexer) {
    const start = offset + raw.offset
    const kind = raw.type ?? 'unreadable'
    if (kind === 'space') continue
    if (kind === 'contraction') tokens.push(...contraction(raw.text, start))
    else if (kind === 'dash') tokens.push(token('mark', raw.text, start, 'to'))
    else if (kind === 'glued') tokens.push(...glued(raw.text, start))
    else if (kind === 'ordinal') tokens.push({ ...token('number', raw.text, start, ''), is: [] })
    else if (kind === 'unreadable')
      tokens.push(token('unreadable', String.fromCodePoint(raw.text.codePointAt(0) ?? 0), start, ''))
    else tokens.push(token(kind as TokenKind, raw.text, start, wordOf(kind, raw.text)))
    if (tokens.length > limit) break
  }
  return tokens
}

const wordOf = (kind: string, text: string): string => (kind === 'word' || kind === 'mark' ? text.toLowerCase() : '')
