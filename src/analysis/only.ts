import type { SubjectPhrase } from '../policy/ast.ts'
import { first, isNot, report, within } from './classify.ts'
import { NO, UNKNOWN, YES } from './formula.ts'
import { type Inquiry, inquire, isNone, quote, yes } from './inquiry.ts'
import type { Part } from './part.ts'

/** Two rules that each keep the same to whom they name: whoever is not named by both is refused. */
export function opposed(main: Part, others: readonly Part[], done: Set<string>, inquiry: Inquiry): void {
  if (isBroad(main.source.rule.subject)) return
  for (const bar of others) {
    if (!bar.bars || isBroad(bar.source.rule.subject)) continue
    const text = `${quote(main.source)} and ${quote(bar.source)} keep the same to different people: only who is both is let through`
    if (!isNone([yes(main), within(bar, NO | UNKNOWN)], text, inquiry)) continue
    const excluded = inquire([yes(main), isNot(bar), within(bar, YES)], [], text, inquiry)
    if (excluded.kind === 'found' && first('contradicts', main, bar, done)) {
      report('contradicts', main, [bar], excluded.world, text, inquiry)
    }
  }
}

/** Such a rule restricts when and where, not who. */
const isBroad = (subject: SubjectPhrase): boolean =>
  subject.kind === 'anyone' ||
  (subject.kind === 'type' && subject.where === null) ||
  (subject.kind === 'any-of' && subject.of.every(isBroad))
