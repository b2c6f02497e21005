/** Words the language keeps for itself: an action or attribute of such a name is written in quotes. */
export const RESERVED: ReadonlySet<string> = new Set(
  `a an the any all every each no only nobody no-one everyone everybody anyone anybody someone somebody anything
  everything can cannot may must not never need needs require requires allowed permitted do does has have is are be
  and or either both if unless when while in of on by to with from as at for under over above below before after until
  since between during outside within beyond whose who which that such they them their he him his she her it its more
  less greater fewer than exactly one contains contain includes include except but through themselves`.split(/\s+/),
)

/** Words for days and hours, read as such wherever they stand. */
export const TIME_WORDS: ReadonlySet<string> = new Set(
  `monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays
  sundays weekday weekdays weekend weekends noon midnight`.split(/\s+/),
)

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['person', 'people'],
  ['child', 'children'],
  ['man', 'men'],
  ['woman', 'women'],
  ['foot', 'feet'],
  ['mouse', 'mice'],
  ['analysis', 'analyses'],
  ['index', 'indices'],
  ['matrix', 'matrices'],
])

const UNCHANGED: ReadonlySet<string> = new Set(
  'data news series staff software information equipment metadata personnel feedback'.split(' '),
)

const FROM_IRREGULAR: ReadonlyMap<string, string> = new Map([...IRREGULAR].map(([one, many]) => [many, one]))

/** Splits off the last part of `legal_person` or `legal person`, which is the part that takes the plural. */
function parts(name: string): readonly [string, string] {
  const cut = Math.max(name.lastIndexOf('_'), name.lastIndexOf(' '), name.lastIndexOf('-')) + 1
  return [name.slice(0, cut), name.slice(cut)]
}

/** The plural of a noun as canonical sentences write it. */
export function plural(name: string): string {
  const [head, last] = parts(name)
  const lower = last.toLowerCase()
  if (UNCHANGED.has(lower)) return name
  const irregular = IRREGULAR.get(lower)
  if (irregular !== undefined) return head + irregular
  if (/[^aeiou]y$/i.test(last)) return `${head}${last.slice(0, -1)}ies`
  if (/(?:s|x|z|ch|sh)$/i.test(last)) return `${name}es`
  return `${name}s`
}

/** Every noun that `word` may be the plural of, likeliest first. Holds `name` for each `plural(name)`. */
export function singulars(word: string): readonly string[] {
  const [head, last] = parts(word)
  const found: string[] = []
  const irregular = FROM_IRREGULAR.get(last.toLowerCase())
  if (irregular !== undefined) found.push(head + irregular)
  if (UNCHANGED.has(last.toLowerCase())) found.push(word)
  if (/[^aeiou]ies$/i.test(last)) found.push(`${word.slice(0, -3)}y`)
  if (/ves$/i.test(last)) found.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`)
  if (/(?:ss|us|x|z|ch|sh)es$/i.test(last)) found.push(word.slice(0, -2), word.slice(0, -1))
  else if (/es$/i.test(last)) found.push(word.slice(0, -1), word.slice(0, -2))
  else if (/[^s]s$/i.test(last)) found.push(word.slice(0, -1))
  return found
}

/** The likeliest singular of a plural noun that no vocabulary knows yet. */
export const singular = (word: string): string => singulars(word)[0] ?? word

/** True when `singular` finds the way back from `plural`. */
export const regular = (name: string): boolean => singular(plural(name)) === name

/** As it is spoken: `a user`, `a unit`. */
export const article = (word: string): string => `${/^(?:[aeio]|u(?!s[aei]|ni|ti))/i.test(word) ? 'an' : 'a'} ${word}`

export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** `a, b or c`. */
export function listed(items: readonly string[], conjunction: 'and' | 'or'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items[items.length - 1]}`
}

const PLAIN = /^[a-z_][a-z0-9_]*(?:[-.][a-z0-9_]+)*$/

/** True when the language reads `word` as it stands, without quotes. */
export const plain = (word: string): boolean => PLAIN.test(word) && !RESERVED.has(word) && !TIME_WORDS.has(word)

export const quoted = (text: string): string => JSON.stringify(text)

/** An action, attribute or value: bare where the language reads it so, else in quotes. */
export const wordOrQuoted = (word: string): string => (plain(word) ? word : quoted(word))
