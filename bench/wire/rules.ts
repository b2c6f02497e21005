import { englishOf } from '../cases/english.ts'
import { type BenchRule, buildRules } from '../cases/rules.ts'
import type { Action } from './asked.ts'

const rule = (action: Action, link: BenchRule['link']): BenchRule => ({
  effect: 'permit',
  subject: { kind: 'type', type: 'user' },
  action,
  type: 'document',
  link,
  weekdays: false,
})

/** The three that are asked, among a hundred about other things: those of the in-process table without what is about documents. */
export const RULES: readonly BenchRule[] = [
  ...buildRules(100).filter(({ type }) => type !== 'document'),
  rule('view', 'team'),
  rule('view', 'owner'),
  rule('delete', 'owner'),
]

export const POLICY = englishOf(RULES)
