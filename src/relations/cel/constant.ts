import { type Evaluation, evaluate } from './evaluate.ts'
import type { Expr } from './expr.ts'
import { CONVERT, isPattern } from './library.ts'
import { isFault } from './value.ts'

const FREE: Evaluation = { cost: 0, most: Number.POSITIVE_INFINITY, vague: new Set() }

/** What can be seen to fail whatever the parameters: a constant that cannot be converted, a pattern that is none. */
export function constantFault(e: Expr): string | null {
  for (const part of partsOf(e)) {
    const found = constantFault(part)
    if (found !== null) return found
  }
  if (e.kind !== 'call') return null
  const last = e.args.at(-1)
  if (e.name === 'matches' && last?.kind === 'constant' && typeof last.value === 'string' && !isPattern(last.value)) {
    return `\`${last.value}\` is not a regular expression`
  }
  if (!CONVERT.has(e.name) || e.target !== null || e.args.length !== 1 || last?.kind !== 'constant') return null
  const value = evaluate(FREE, e, new Map())
  return isFault(value) ? value.why : null
}

function partsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'constant':
    case 'name':
      return []
    case 'field':
      return [e.of]
    case 'list':
      return e.of
    case 'map':
      return e.entries.flat()
    case 'call':
      return e.target === null ? e.args : [e.target, ...e.args]
    case 'fold':
      return [e.range, e.start, e.going, e.step, e.end]
  }
}
