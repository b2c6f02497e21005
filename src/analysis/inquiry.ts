import type { SourceRule } from '../engine/compile.ts'
import { ask, type Desk, type Reply, type Wish, type World } from './ask.ts'
import { type Staged, stage } from './example.ts'
import type { Concerned, Finding } from './finding.ts'
import { NO, UNKNOWN, YES } from './formula.ts'
import type { Part } from './part.ts'
import type { Policy } from './policy.ts'

/** One analysis under way. */
export interface Inquiry {
  readonly desk: Desk
  readonly policy: Policy
  readonly before: Policy | null
  readonly findings: Finding[]
  /** What could not be told, each once. */
  readonly unknown: Set<string>
}

export const concerned = ({ id, text }: SourceRule): Concerned => ({ id, sentence: text })

export const yes = (part: Part): Wish => ({ part, want: YES })
export const no = (part: Part): Wish => ({ part, want: NO })
export const notYes = (part: Part): Wish => ({ part, want: NO | UNKNOWN })
export const notNo = (part: Part): Wish => ({ part, want: UNKNOWN | YES })

/** Asks, and notes what cannot be told. `what` ends the sentence "whether …". */
export function inquire(must: readonly Wish[], also: readonly Wish[], what: string, inquiry: Inquiry): Reply {
  const reply = ask(must, also, inquiry.desk)
  if (reply.kind === 'unknown') inquiry.unknown.add(`cannot tell whether ${what}: ${reply.why}`)
  return reply
}

export const isNone = (must: readonly Wish[], what: string, inquiry: Inquiry): boolean =>
  inquire(must, [], what, inquiry).kind === 'none'

/** The world as a request and its facts; null, and noted, where it needs what nothing can bring about. */
export function staged(world: World, what: string, inquiry: Inquiry): Staged | null {
  const made = stage(world, inquiry.desk.site, inquiry.desk.naming)
  if (!made.unreal) return made
  inquiry.unknown.add(`cannot tell whether ${what}: what has been spent of a limit is not looked at`)
  return null
}

export const quote = (source: SourceRule): string => `\`${source.text.replace(/\.$/, '')}\``
