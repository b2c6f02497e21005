import type { Span } from '../policy/diagnostic.ts'

/** Where the lines of a text begin. */
export type Lines = readonly number[]

export function linesOf(text: string): Lines {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

/** The span from `start` to `end`, with the line and column of its start. */
export function spanAt(lines: Lines, start: number, end: number): Span {
  let low = 0
  let high = lines.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((lines[middle] ?? 0) <= start) low = middle
    else high = middle - 1
  }
  return { start, end, line: low + 1, column: start - (lines[low] ?? 0) + 1 }
}
