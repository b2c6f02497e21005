import type { Definition } from '../policy/ast.ts'
import { type Draft, define } from './define.ts'
import { type Lexicon, lexiconOf } from './lexicon.ts'
import { type Read, treeOfDefinition } from './read.ts'
import { resolveDefinition, stageOf } from './resolve-definition.ts'
import { MAX_DIAGNOSTICS, tooMany } from './rules.ts'
import type { Fault, Scope } from './scope.ts'
import type { DefinitionNode } from './syntax-definition.ts'

/** What taking up definitions has come to. */
export interface Work {
  readonly faults: Fault[]
  readonly definitions: { readonly read: Read; readonly definition: Definition }[]
  readonly draft: Draft
  words: Lexicon
}

interface Waiting {
  readonly read: Read
  /** Null for what cannot be read before others are known. */
  readonly node: DefinitionNode | null
}

/** Takes up the definitions wherever they stand, those first that others may use. */
export function takeDefinitions(reads: readonly Read[], work: Work): void {
  const waiting: Waiting[][] = [[], [], []]
  let unread = 0
  for (const read of reads) {
    if (tooMany(work.faults)) return
    const node = treeOfDefinition(read, work.words)
    if ('message' in node && unread > MAX_DIAGNOSTICS) work.faults.push(node)
    else if ('message' in node) {
      waiting[2]?.push({ read, node: null })
      unread += 1
    } else waiting[stageOf(node)]?.push({ read, node })
  }
  for (const stage of waiting) {
    for (const { read, node } of stage) {
      if (tooMany(work.faults)) return
      const again = node === null || stageOf(node) === 2 ? treeOfDefinition(read, work.words) : node
      if ('message' in again) work.faults.push(again)
      else takeDefinition(read, again, work)
    }
    work.words = lexiconOf(work.draft)
  }
}

function takeDefinition(read: Read, node: DefinitionNode, work: Work): void {
  const faults: Fault[] = []
  const scope: Scope = { words: work.words, subjects: [], resources: [], faults, forks: [], ways: [] }
  const definition = resolveDefinition(node, scope)
  work.faults.push(...faults)
  const fork = scope.forks[0]
  if (definition === null) return
  if (fork !== undefined) {
    work.faults.push({
      code: 'ambiguous',
      severity: 'error',
      start: fork.start,
      end: fork.end,
      message: fork.message,
      expected: ['`either … or …` or `both … and …`'],
      suggestion: null,
    })
    return
  }
  const conflict = define(work.draft, definition)
  if (conflict === null) work.definitions.push({ read, definition })
  else {
    const { start, end } = read.sentence
    work.faults.push({
      code: 'conflicting_definition',
      severity: 'error',
      start,
      end,
      message: conflict,
      expected: ['one definition of each word'],
      suggestion: null,
    })
  }
}
