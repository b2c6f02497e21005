import { TIME_WORDS } from '../policy/print-words.ts'
import { isNoun, type Lexicon } from './lexicon.ts'
import { chunk, type Token } from './token.ts'
import { cityZone, currencyOf, isCurrency, numberWord, readDay, unitOf } from './values.ts'

const isOpen = (token: Token | undefined): boolean => token?.is.includes('word') ?? false

/** How many tokens join two items of a list at `i`: none, `or`, `,` or `, or`. */
function joint(tokens: readonly Token[], i: number, conjunctions: readonly string[]): number {
  const comma = tokens[i]?.word === ',' ? 1 : 0
  return comma + (conjunctions.includes(tokens[i + comma]?.word ?? '') ? 1 : 0)
}

/** Makes a chunk of every maximal list of items; `item` says how many tokens one takes at a place, 0 for none. */
function lists(
  tokens: readonly Token[],
  conjunctions: readonly string[],
  item: (i: number) => number,
  make: (parts: readonly Token[]) => Token,
): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    let end = i + item(i)
    if (end === i) {
      found.push(tokens[i] as Token)
      i += 1
      continue
    }
    for (let gap = joint(tokens, end, conjunctions); gap > 0; gap = joint(tokens, end, conjunctions)) {
      const length = item(end + gap)
      if (length === 0) break
      end += gap + length
    }
    found.push(make(tokens.slice(i, end)))
    i = end
  }
  return found
}

/** `31 December 2026` and `December 31, 2026` are dates; `noon` and `midnight` are times. */
export function dates(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const length = dateLength(tokens, i)
    const token = tokens[i] as Token
    if (length > 0) found.push(chunk('date', tokens.slice(i, i + length), ['date', 'value']))
    else if (token.word === 'noon' || token.word === 'midnight') found.push({ ...token, kind: 'time', is: ['time'] })
    else found.push(token)
    i += Math.max(1, length)
  }
  return found
}

/** Tokens of a day with its year: `31 December 2026`, `the 31st of December 2026`, `December 31st, 2026`. */
function dateLength(tokens: readonly Token[], i: number): number {
  const day = readDay(tokens, i)
  if (day === null) return 0
  const year = (at: number): boolean => tokens[at]?.kind === 'number' && /^\d{4}$/.test(tokens[at]?.text ?? '')
  if (year(day.end)) return day.end + 1 - i
  const comma = tokens[day.end]?.word === ',' && tokens[day.end - 1]?.kind === 'number'
  return comma && year(day.end + 1) ? day.end + 2 - i : 0
}

const SCALES = new Set(['thousand', 'million', 'billion'])

/** A number, and `million` after it. */
function scaled(tokens: readonly Token[], i: number): Token {
  const token = tokens[i] as Token
  const next = tokens[i + 1]
  if (token.kind !== 'number' || next === undefined || !SCALES.has(next.word)) return token
  return { ...token, text: `${token.text} ${next.text}`, end: next.end }
}

/** `Berlin time`. */
export function cityZones(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (const token of tokens) {
    found.push(token)
    if (token.word !== 'time') continue
    for (let from = found.length - 2; from >= Math.max(0, found.length - 4) && isOpen(found[from]); from--) {
      const city = found.slice(from, -1)
      const zone = cityZone(city.map(part => part.text))
      if (zone === null) continue
      const first = city[0] as Token
      found.splice(from, found.length, { ...first, kind: 'zone', text: zone, word: '', end: token.end, is: ['zone'] })
      break
    }
  }
  return found
}

/** A number beside a currency is an amount; a code alone is a `currency`. */
export function money(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    const number = scaled(tokens, i)
    const after = tokens[number === token ? i + 1 : i + 2]
    const before = isCurrency(token) && token.text === token.text.toUpperCase() && tokens[i + 1]?.kind === 'number'
    if (before) {
      const amount = scaled(tokens, i + 1)
      found.push(chunk('money', [token, amount], ['value', 'amount']))
      i += amount === tokens[i + 1] ? 1 : 2
    } else if (number.kind === 'number' && after !== undefined && currencyOf(after) !== null) {
      found.push(chunk('money', [number, after], ['value', 'amount']))
      i += number === token ? 1 : 2
    } else if (number !== token) {
      found.push(number)
      i += 1
    } else found.push(isCurrency(token) ? { ...token, is: [...token.is, 'currency'] } : token)
  }
  return found
}

/** `5 MB`, `two hours`, `20%`: a number of something that is counted. */
export function quantities(tokens: readonly Token[], units: ReadonlySet<string>): readonly Token[] {
  const found: Token[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    const next = tokens[i + 1]
    const counts = token.kind === 'number' ? token.is.includes('amount') : numberWord(token) !== null
    if (counts && next !== undefined && unitOf(next, units) !== null) {
      found.push(chunk('quantity', [token, next], ['value', 'amount']))
      i += 1
    } else found.push(token)
  }
  return found
}

const isDay = (token: Token | undefined): boolean =>
  token?.kind === 'word' && TIME_WORDS.has(token.word) && token.word !== 'noon' && token.word !== 'midnight'

/** `Mondays and Fridays`, `Monday to Friday`, `every day`. */
export function dayLists(tokens: readonly Token[]): readonly Token[] {
  const item = (i: number): number => {
    if (tokens[i]?.word === 'every' && tokens[i + 1]?.word === 'day') return 2
    if (tokens[i]?.word === 'daily') return 1
    if (!isDay(tokens[i])) return 0
    const to = tokens[i + 1]?.word
    return (to === 'to' || to === 'through') && isDay(tokens[i + 2]) ? 3 : 1
  }
  return lists(tokens, ['and', 'or'], item, parts => chunk('days', parts, ['days']))
}

/** `10.0.0.0/8 and 192.0.2.0/24`. */
export function rangeLists(tokens: readonly Token[]): readonly Token[] {
  const item = (i: number): number => (tokens[i]?.kind === 'range' ? 1 : 0)
  return lists(tokens, ['and', 'or'], item, parts => chunk('ranges', parts, ['ranges']))
}

const OPENS_ATTRIBUTE = new Set(['as', 'in', 'of'])

/** In a definition: `of draft, approved or released`, up to where the next attribute begins. */
export function choiceLists(written: readonly Token[]): readonly Token[] {
  const tokens = written.map((token, i) =>
    written[i - 1]?.word === 'in' && isOpen(token) && !token.is.includes('currency')
      ? { ...token, is: ['unit'] }
      : token,
  )
  const item = (i: number): number => (isOpen(tokens[i]) || tokens[i]?.kind === 'quoted' ? 1 : 0)
  const next = (i: number): number => (OPENS_ATTRIBUTE.has(tokens[i + 1]?.word ?? '') ? 0 : item(i))
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    found.push(tokens[i] as Token)
    i += 1
    if (tokens[i - 1]?.word !== 'of' || item(i) === 0) continue
    let end = i + 1
    for (let gap = 1; gap > 0; ) {
      gap = joint(tokens, end, ['and', 'or'])
      if (gap > 0) gap = next(end + gap) === 0 ? 0 : gap
      if (gap > 0) end += gap + 1
    }
    found.push(chunk('choices', tokens.slice(i, end), ['choices']))
    i = end
  }
  return found
}

const HOLDS = new Set(['contains', 'contain', 'includes', 'include'])

/** Where values may begin: after `is`, `is not`, `is one of`, `contains`. */
function opensValues(tokens: readonly Token[], i: number): 'list' | 'one' | null {
  const back = (n: number): string => tokens[i - n]?.word ?? ''
  if (HOLDS.has(back(1))) return 'one'
  const skip = back(1) === 'of' && back(2) === 'one' ? 2 : 0
  const verb = back(skip + 1) === 'not' ? back(skip + 2) : back(skip + 1)
  return verb === 'is' || verb === 'are' ? 'list' : null
}

/** Literals and bare words after `is`, with what `or` adds to them, become one `values`. */
export function valueLists(tokens: readonly Token[], words: Lexicon): readonly Token[] {
  const literal = (i: number): boolean => tokens[i]?.is.includes('value') ?? false
  const bare = (i: number, first: boolean): number => {
    let end = i
    while (end - i < 4 && isOpen(tokens[end]) && (first || !isNoun(words, tokens[end]?.word ?? '') || isChoice(end)))
      end += 1
    const role =
      tokens[end]?.word === 'of' || (tokens[end]?.word === 'in' && isNoun(words, tokens[end - 1]?.word ?? ''))
    return role ? 0 : end - i
  }
  const isChoice = (i: number): boolean => words.choices.has(tokens[i]?.word ?? '')
  const item = (i: number, first: boolean): number => (literal(i) ? 1 : bare(i, first))
  const found: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    const opens = opensValues(tokens, i)
    let end = opens === null ? i : i + item(i, true)
    if (end === i) {
      found.push(tokens[i] as Token)
      i += 1
      continue
    }
    if (opens === 'list') end = listEnd(tokens, end, at => item(at, false))
    found.push(chunk('values', tokens.slice(i, end), end - i === 1 && literal(i) ? ['values', 'value'] : ['values']))
    i = end
  }
  return found
}

/** Commas join values only in a list that ends with `or`. */
function listEnd(tokens: readonly Token[], from: number, item: (i: number) => number): number {
  let sure = from
  let end = from
  for (let gap = joint(tokens, end, ['or']); gap > 0; gap = joint(tokens, end, ['or'])) {
    const length = item(end + gap)
    if (length === 0) break
    const or = tokens[end + gap - 1]?.word === 'or'
    end += gap + length
    if (or) sure = end
  }
  return sure
}
