/** Makes an item of the texts in it, in their order. They are the maker's for the length of the call only. */
export type MakeItem<T> = (texts: readonly string[]) => T

/**
 * Items by shape: the JSON of an item with a NUL in place of each text that is a value, to the letter.
 */
export type Shapes<T> = ReadonlyMap<string, MakeItem<T>>

export interface Found<T> {
  readonly items: readonly T[]
  /** The text around them, with an empty list in their place. */
  readonly rest: string
}

/** What says that a quote is none, and what JSON has only between values. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPLAIN = /[\0-\x1f\\]/

/** Shorter slices of a text are copied; longer ones would keep all of it for as long as they are kept. */
const COPIED = 13

/**
 * The items of the only list of a name, where all are of one shape and nothing but their texts differs: these are found by what
 * stands between them, at less cost than parsing. Null for any other text, good or bad.
 * INVARIANT: where `rest` is JSON and the list its member, the text is JSON, and these are the items it holds there.
 */
export function alikeItems<T>(
  text: string,
  name: string,
  shapes: Shapes<T>,
  most: number,
  longest: number,
): Found<T> | null {
  const list = listOf(text, name)
  if (list < 0 || UNPLAIN.test(text)) return null
  const first = piecesAt(text, list)
  const make = first === null ? undefined : shapes.get(first.pieces.join('\0'))
  if (first === null || make === undefined) return null
  const { pieces, end } = first
  const between = text.startsWith(', ', end) ? ', ' : ','
  const last = pieces.length - 1
  const onward = `${pieces[last]}${between}${pieces[0]}`
  const closing = `${pieces[last]}]`
  const items: T[] = []
  const texts: string[] = []
  for (let at = list + (pieces[0] as string).length; items.length < most; ) {
    for (let n = 1; ; n += 1) {
      const quote = text.indexOf('"', at)
      const length = quote - at
      if (length <= 0 || length > longest) return null
      texts[n - 1] = ownText(text.slice(at, quote))
      if (n === last) {
        at = quote
        break
      }
      const piece = pieces[n] as string
      if (!text.startsWith(piece, quote)) return null
      at = quote + piece.length
    }
    items.push(make(texts))
    if (text.startsWith(onward, at)) at += onward.length
    else if (text.startsWith(closing, at)) return around(text, name, list, at + closing.length - 1, items)
    else return null
  }
  return null
}

const ownText = (text: string): string => (text.length < COPIED ? text : (JSON.parse(`"${text}"`) as string))

/** Where the first item of the list is, if its name is there. */
function listOf(text: string, name: string): number {
  const at = text.indexOf(`"${name}":`)
  if (at < 0) return -1
  const open = at + name.length + (text.charCodeAt(at + name.length + 3) === SPACE ? 4 : 3)
  return text.charCodeAt(open) === OPEN ? open + 1 : -1
}

function around<T>(text: string, name: string, from: number, to: number, items: readonly T[]): Found<T> | null {
  const rest = text.slice(0, from) + text.slice(to)
  const said = `"${name}"`
  return rest.indexOf(said) === rest.lastIndexOf(said) ? { items, rest } : null
}

const SPACE = 32
const OPEN = 91

/** What stands around the texts that are values in the object at a place, and where it ends. */
function piecesAt(text: string, from: number): { readonly pieces: readonly string[]; readonly end: number } | null {
  const pieces: string[] = []
  let piece = from
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const c = text[at]
    if (c === '{') depth += 1
    else if (c === '}') {
      depth -= 1
      if (depth === 0) return { pieces: [...pieces, text.slice(piece, at + 1)], end: at + 1 }
    } else if (c === '"') {
      const quote = text.indexOf('"', at + 1)
      if (quote < 0) return null
      if (text[quote + 1] !== ':') {
        pieces.push(text.slice(piece, at + 1))
        piece = quote
      }
      at = quote
    }
    if (depth === 0) return null
  }
  return null
}
