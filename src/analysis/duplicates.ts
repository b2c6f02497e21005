import type { World } from './ask.ts'
import { duplicate } from './classify.ts'
import { type Inquiry, isNone, notYes, quote, yes } from './inquiry.ts'
import { exact } from './leaf.ts'
import type { Part } from './part.ts'

/** Rules of the same effect that match the same requests; permits are found where they decide nothing. */
export function duplicates(
  main: Part,
  others: readonly Part[],
  world: World,
  done: Set<string>,
  inquiry: Inquiry,
): void {
  const { effect, approver } = main.source.rule
  for (const other of others) {
    const { rule } = other.source
    if (other.order < main.order || other.bars || rule.effect !== effect || exact(rule.approver) !== exact(approver))
      continue
    const what = `${quote(main.source)} and ${quote(other.source)} mean the same`
    const same = (a: Part, b: Part): boolean => isNone([yes(a), notYes(b)], what, inquiry)
    if (!same(main, other) || !same(other, main)) continue
    if (effect === 'only' && !sameBars(main, other, what, inquiry)) continue
    duplicate(main, other, world, done, inquiry)
  }
}

function sameBars(a: Part, b: Part, what: string, inquiry: Inquiry): boolean {
  const bars = (of: Part): Part | undefined => inquiry.policy.parts.find(p => p.source === of.source && p.bars)
  const [one, two] = [bars(a), bars(b)]
  if (one === undefined || two === undefined) return false
  return isNone([yes(one), notYes(two)], what, inquiry) && isNone([yes(two), notYes(one)], what, inquiry)
}
