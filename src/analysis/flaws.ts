import type { SourceRule } from '../engine/compile.ts'
import { groundingOf, readerOf, truthIn, type World } from './ask.ts'
import { classify } from './classify.ts'
import { duplicates } from './duplicates.ts'
import { YES } from './formula.ts'
import { applies, hasAction } from './ground.ts'
import { type Inquiry, inquire, no, notYes, quote, yes } from './inquiry.ts'
import { deadClauses, neverMatches } from './never.ts'
import { opposed } from './only.ts'
import type { Part } from './part.ts'

/** What is wrong with a rule by itself or among the others. `parts` are the rule's own. */
export function flawsOf(source: SourceRule, parts: readonly Part[], done: Set<string>, inquiry: Inquiry): void {
  const [main] = parts
  if (main === undefined) return
  const satisfied = inquire([yes(main)], [], `any request matches ${quote(source)}`, inquiry)
  if (satisfied.kind === 'none') neverMatches(main, inquiry)
  if (satisfied.kind !== 'found') return
  const { world } = satisfied
  deadClauses(main, inquiry)
  const others = inquiry.policy.meeting.with(main).filter(part => part.source !== source)
  if (main.effect === 'permit') undecided(main, others, world, done, inquiry)
  if (source.rule.effect !== 'permit') duplicates(main, matching(others, world, inquiry), world, done, inquiry)
  if (source.rule.effect === 'only') opposed(main, others, done, inquiry)
}

/** A permit that no request hangs on is beaten by others, or says nothing they do not. */
function undecided(main: Part, others: readonly Part[], world: World, done: Set<string>, inquiry: Inquiry): void {
  const pure = main.source.rule.effect === 'permit'
  const also = others.flatMap(part => (part.effect !== 'permit' ? [no(part)] : pure ? [notYes(part)] : []))
  const decides = inquire([yes(main)], also, `${quote(main.source)} ever decides`, inquiry)
  if (decides.kind === 'none')
    classify(
      main,
      decides.core.filter(part => part.source !== main.source),
      world,
      done,
      inquiry,
    )
}

/** Those of the others that match the rule's own example: only they can say the same. */
function matching(others: readonly Part[], { link, values }: World, { desk }: Inquiry): readonly Part[] {
  const g = groundingOf(desk.site, link)
  const read = readerOf(values)
  return others.filter(part => {
    desk.budget.left -= 2
    return hasAction(part, link.action) && truthIn(applies(part, g), read) === YES
  })
}
