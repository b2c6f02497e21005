/** One sentence as it stands in the text: no comment, no full stop. `start` is the offset of its first character. */
export interface Sentence {
  readonly start: number
  readonly end: number
  /** The text from `start` to `end`, comments and line ends blanked out so that offsets hold. */
  readonly text: string
  /** What stands before it in square brackets: `[release-large-payments]`. */
  readonly name: NamePlace | null
  /** Counts up at blank lines, headings and remarks of their own: pronouns reach no further. */
  readonly paragraph: number
}

/** A name and where it stands. */
export type NamePlace = { readonly text: string; readonly start: number; readonly end: number }

/** A line with its comment blanked out. A `#` opens a comment where a word could begin, outside quotes. */
function uncommented(line: string): string {
  let quote = false
  for (let i = 0; i < line.length; i++) {
    const c = line[i]
    if (quote && c === '\\') i += 1
    else if (c === '"') quote = !quote
    else if (c === '#' && !quote && (i === 0 || /\s/.test(line[i - 1] ?? ''))) {
      return line.slice(0, i) + ' '.repeat(line.length - i)
    }
  }
  return line
}

/** Offsets of the full stops that end a sentence: outside quotes, before white space or the end. */
function stops(line: string): readonly number[] {
  const found: number[] = []
  let quote = false
  for (let i = 0; i < line.length; i++) {
    const c = line[i]
    if (quote && c === '\\') i += 1
    else if (c === '"') quote = !quote
    else if (c === '.' && !quote && (i === line.length - 1 || /\s/.test(line[i + 1] ?? ''))) found.push(i)
  }
  return found
}

interface Open {
  readonly start: number
  text: string
  readonly indent: number
}

/**
 * Sentences of a text: one a line, or several with `. ` between them. A line indented deeper than the one that began
 * an unfinished sentence continues it. Lines that begin with `#` (comments, headings) say nothing.
 */
export function sentences(text: string): readonly Sentence[] {
  const found: Sentence[] = []
  let open: Open | null = null
  let offset = 0
  let paragraph = 0
  const close = (): void => {
    if (open !== null) add(found, open.start, open.text, paragraph)
    open = null
  }
  for (const line of text.split('\n')) {
    const clean = uncommented(line)
    const indent = clean.search(/\S/)
    const began: Open | null = open
    if (indent < 0 || began === null || indent <= (began as Open).indent) close()
    if (indent < 0) paragraph += 1
    if (indent >= 0) {
      let from = 0
      for (const stop of stops(clean)) {
        const part = clean.slice(from, stop)
        if (open !== null) {
          add(found, (open as Open).start, `${(open as Open).text}\n${part}`, paragraph)
          open = null
        } else add(found, offset + from, part, paragraph)
        from = stop + 1
      }
      const rest = clean.slice(from)
      if (open !== null) (open as Open).text += `\n${rest}`
      else if (rest.trim() !== '') open = { start: offset + from, text: rest, indent }
    }
    offset += line.length + 1
  }
  close()
  return found
}

const BULLET = /^\s*(?:[-*•]\s+)?/
const NAME = /^\[([^\]\n]{0,200})\]\s*/

function add(found: Sentence[], start: number, text: string, paragraph: number): void {
  const lead = BULLET.exec(text)?.[0].length ?? 0
  const named = NAME.exec(text.slice(lead))
  const open = start + lead
  const name =
    named === null ? null : { text: named[1] ?? '', start: open + 1, end: open + 1 + (named[1] ?? '').length }
  const from = lead + (named?.[0].length ?? 0)
  const body = text.slice(from).trimEnd()
  if (body !== '' || name !== null) {
    found.push({ start: start + from, end: start + from + body.length, text: body, name, paragraph })
  }
}
