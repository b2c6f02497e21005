import { type Decimal, parseDecimal, printDecimal } from '../../lib/decimal.ts'

/** A text as the words and the numbers it says, so that two texts can be compared. */
export interface Said {
  readonly words: readonly string[]
  readonly stems: readonly string[]
  readonly numbers: ReadonlySet<string>
}

const NUMBER_WORDS: Readonly<Record<string, string>> = {
  one: '1',
  once: '1',
  two: '2',
  twice: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
  twelve: '12',
  fifteen: '15',
  twenty: '20',
  thirty: '30',
  sixty: '60',
  ninety: '90',
}

const TIMES: Readonly<Record<string, number>> = {
  hundred: 100,
  k: 1_000,
  thousand: 1_000,
  m: 1_000_000,
  mio: 1_000_000,
  million: 1_000_000,
  bn: 1_000_000_000,
  billion: 1_000_000_000,
}

const CLOCK = /\b(\d{1,2})(?:[:.](\d{2}))?\s?(am|pm)\b|\b(\d{1,2}):(\d{2})\b/gi
const NUMBER =
  /(\d[\d,]*(?:\.\d+)?)\s?(hundred|thousand|million|billion|mio|bn|k|m)?(?![\p{L}\d])|(\d[\d,]*(?:\.\d+)?)/giu

/** What a word and its other forms have in common: `editing`, `edited`, `edits` are `edit`. */
export function stemOf(word: string): string {
  let stem = word.toLowerCase()
  if (stem.length > 4) stem = stem.replace(/ies$/, 'y').replace(/(?:ing|ed|es|s)$/, '')
  else if (stem.length > 3) stem = stem.replace(/s$/, '')
  return stem.replace(/([^\daeiou])\1$/, '$1').replace(/e$/, '')
}

export function said(text: string): Said {
  const words = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word)
  return { words, stems: words.map(stemOf), numbers: numbersIn(text) }
}

/** Amounts by their value, times of day as minutes from midnight: `9am` and `09:00` are one. */
export function numbersIn(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  const rest = text.replaceAll(CLOCK, (_, hour, minute, half, hours, minutes) => {
    const at = Number(hour ?? hours) % (half === undefined ? 24 : 12)
    found.add(`t${(at + (/^p/i.test(half ?? '') ? 12 : 0)) * 60 + Number(minute ?? minutes ?? 0)}`)
    return ' '
  })
  const digits = rest.replaceAll(/\p{L}+/gu, word => NUMBER_WORDS[word.toLowerCase()] ?? word)
  for (const [, amount, times, plain] of digits.matchAll(NUMBER)) {
    const value = parseDecimal((amount ?? plain ?? '').replaceAll(',', ''))
    if (value !== null) found.add(printDecimal(scaled(value, TIMES[times?.toLowerCase() ?? ''] ?? 1)))
  }
  return found
}

const scaled = (value: Decimal, by: number): Decimal =>
  parseDecimal(printDecimal({ units: value.units * BigInt(by), scale: value.scale })) ?? value

/** True when the words of a name stand in the text one after the other, in whatever form. */
export function mentions(text: Said, name: string): boolean {
  const wanted = [...name.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => stemOf(word))
  if (wanted.length === 0) return true
  return text.stems.some((_, at) => wanted.every((stem, i) => text.stems[at + i] === stem))
}

export const saysAny = (text: Said, words: readonly string[]): boolean => words.some(word => mentions(text, word))
