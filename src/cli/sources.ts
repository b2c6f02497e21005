import { readFileSync } from 'node:fs'
import type { Diagnostic, Span } from '../policy/diagnostic.ts'
import { Fault, messageOf } from './fault.ts'

/** A text and what its reader calls it. */
export interface Source {
  readonly name: string
  readonly text: string
}

type Placed = Pick<Diagnostic, 'file' | 'span'>

/** Several texts as the one policy they make, and the way back to each of them. */
export interface Sources {
  readonly text: string
  /** Where a place of the whole is in the file it came from. */
  at(span: Span): { readonly file: string; readonly span: Span }
  /** What is said of a place in the whole, told of the file it is in. */
  place<T extends Placed>(placed: T): T
  /** The line of the whole's text a diagnostic points at, before it is placed. */
  lineAt(line: number): string
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'that is a directory',
  EACCES: 'this user may not read it',
}

/** Reads a file of the user's as UTF-8. Fails with a `Fault` that names it. */
export function readSource(path: string): Source {
  try {
    return { name: path, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Fault(`cannot read \`${path}\`: ${WHY[code ?? ''] ?? (error instanceof TypeError ? 'not UTF-8' : code)}`)
  }
}

/** Files as the one text they make; a single one as it stands. */
export function textOf(paths: readonly string[]): string {
  const sources = paths.map(readSource)
  const [only, ...more] = sources
  return only !== undefined && more.length === 0 ? only.text : joined(sources).text
}

/** All of the standard input as UTF-8. */
export function readStdin(): Source {
  try {
    return { name: '-', text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(0)) }
  } catch (error) {
    throw new Fault(`cannot read the standard input: ${error instanceof TypeError ? 'not UTF-8' : messageOf(error)}`)
  }
}

/** Joins texts with an empty line, which ends whatever sentence the one before left open. */
export function joined(sources: readonly Source[]): Sources {
  const starts: { readonly name: string; readonly offset: number; readonly line: number }[] = []
  let text = ''
  let line = 0
  for (const source of sources) {
    starts.push({ name: source.name, offset: text.length, line })
    text += `${source.text}\n\n`
    line += source.text.split('\n').length + 1
  }
  const lines = text.split('\n')
  const at: Sources['at'] = span => {
    const {
      name,
      offset,
      line: before,
    } = starts.findLast(s => s.offset <= span.start) ?? { name: '', offset: 0, line: 0 }
    const { start, end, line: whole, column } = span
    return { file: name, span: { start: start - offset, end: end - offset, line: whole - before, column } }
  }
  return {
    text,
    at,
    lineAt: line => lines[line - 1] ?? '',
    place: diagnostic => (starts.length === 0 ? diagnostic : { ...diagnostic, ...at(diagnostic.span) }),
  }
}
