import type { JsonObject } from '../policy/json.ts'
import type { ConditionTest, Truth, When } from '../policy/question.ts'
import type { Call, Conditional } from './clause.ts'

/** What a leaf waits for; null where its answer is not at hand, and nobody can say. */
export function whenOf({ place }: Conditional, { answers }: Call): When | null {
  const answer = answers?.[place]
  return answer?.kind === 'truth' ? (answer.when ?? null) : null
}

/** What conditions come to in a call's context. */
export function whenTruth(when: When, test: ConditionTest, context: JsonObject): Truth {
  switch (when.kind) {
    case 'condition':
      return test(when.name, when.context, context).truth
    case 'unknown':
      return 'unknown'
    case 'not': {
      const of = whenTruth(when.of, test, context)
      return of === 'yes' ? 'no' : of === 'no' ? 'yes' : 'unknown'
    }
    case 'any':
    case 'all': {
      const decisive: Truth = when.kind === 'any' ? 'yes' : 'no'
      let truth: Truth = when.kind === 'any' ? 'no' : 'yes'
      for (const part of when.of) {
        const one = whenTruth(part, test, context)
        if (one === decisive) return one
        if (one === 'unknown') truth = one
      }
      return truth
    }
  }
}

/** One condition, or what else stays open, as a call finds it. */
export interface Found {
  readonly text: string
  readonly truth: Truth
}

/** Every condition with what it comes to, each once, sorted. */
export function foundConditions(when: When, test: ConditionTest, context: JsonObject): readonly Found[] {
  const found = new Map<string, Found>()
  const visit = (part: When): void => {
    switch (part.kind) {
      case 'condition': {
        const { truth, why } = test(part.name, part.context, context)
        const said = truth === 'yes' ? 'holds' : truth === 'no' ? 'does not hold' : 'is unknown'
        const text = truth === 'unknown' && why !== undefined ? why : `condition \`${part.name}\` ${said}`
        found.set(text, { text, truth })
        return
      }
      case 'unknown':
        found.set(part.why, { text: part.why, truth: 'unknown' })
        return
      case 'not':
        visit(part.of)
        return
      case 'any':
      case 'all':
        part.of.forEach(visit)
    }
  }
  visit(when)
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : 1))
}
