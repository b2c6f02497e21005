import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { Fault, messageOf } from './fault.ts'
import { readSource } from './sources.ts'
import { fileShape, membersAt, type TestFile } from './test-shape.ts'

/** Reads a file of policy tests. Fails with a `Fault` that shows every fault as `file:line:column`. */
export function readTestFile(path: string): TestFile {
  const { text } = readSource(path)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    throw new Fault(document.errors.map(e => `${where(e.pos[0])}: ${messageOf(e)}`).join('\n'))
  }
  const read = fileShape.safeParse(plainOf(document, path))
  if (read.success) return read.data
  const faults = read.error.issues.map(issue => {
    const offset = offsetOf(document, issue.path)
    return { offset, line: `${where(offset)}: ${placeOf(issue.path)}${told(issue)}` }
  })
  throw new Fault(
    faults
      .sort((a, b) => a.offset - b.offset)
      .map(f => f.line)
      .join('\n'),
  )
}

type Document = ReturnType<typeof parseDocument>

function plainOf(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new Fault(`${path}: ${messageOf(error)}`)
  }
}

/** Where the nearest member that is there begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return node.range[0]
  }
  return 0
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part, i) =>
    typeof part === 'number' ? `[${part + 1}]` : `${i === 0 ? '' : '.'}${String(part)}`,
  )
  return text.length === 0 ? '' : `${text.join('')}: `
}

function told(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `\`${issue.keys.join('`, `')}\` is not known here; expected ${membersAt(issue.path).join(', ')}`
  }
  return `${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
}
