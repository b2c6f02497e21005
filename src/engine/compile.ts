import { isZone } from '../lib/zone.ts'
import type { Rule } from '../policy/ast.ts'
import { nounOf } from '../policy/print.ts'
import { buildIndex, type RuleIndex } from './candidates.ts'
import type { CompiledRule, Conjunct } from './clause.ts'
import { CompileError, type Frame } from './frame.ts'
import { resourceConjuncts, subjectConjuncts } from './phrases.ts'
import { allOf, conditionConjuncts, costOf } from './translate.ts'

export { CompileError, type CompileErrorCode } from './frame.ts'

/** A rule with its id and the sentence it was written as. */
export interface SourceRule {
  readonly id: string
  readonly text: string
  readonly rule: Rule
}

/** All rules of an org, ready to be asked. `zone` is where times of day are told when a rule names no zone. */
export interface PolicySet {
  readonly org: string
  readonly zone: string
  readonly version: number
  /** In the order given, an `only` rule as two. */
  readonly rules: readonly CompiledRule[]
  readonly index: RuleIndex
}

/** Compiles and indexes rules. Fails with CompileError on an unknown zone, a bad range, date or time of day. */
export function compilePolicies(
  rules: readonly SourceRule[],
  options: { readonly org: string; readonly zone: string; readonly version: number },
): PolicySet {
  const { org, zone, version } = options
  if (!isZone(zone)) {
    const message = `\`${zone}\` is not a time zone; expected an IANA name such as \`Europe/Berlin\``
    throw new CompileError('unknown_zone', message, null)
  }
  const slots = new Map<string, number>()
  const compiled: CompiledRule[] = []
  for (const source of rules)
    compileRule(source, { zone, slots, rule: source.id, noun: nounOf(source.rule.resource), who: 'subject' }, compiled)
  return { org, zone, version, rules: compiled, index: buildIndex(compiled) }
}

function compileRule({ id, text, rule }: SourceRule, frame: Frame, out: CompiledRule[]): void {
  const who = subjectConjuncts(rule.subject, frame)
  const what = resourceConjuncts(rule.resource, frame)
  const rest = conditionConjuncts(rule.condition, frame)
  const { actions, subject, resource, approver } = rule
  const add = (
    effect: CompiledRule['effect'],
    conjuncts: readonly Conjunct[],
    more: Partial<CompiledRule> = {},
  ): void => {
    const byCost = [...conjuncts].sort((a, b) => costOf(a.clause) - costOf(b.clause))
    const base = { order: out.length, id, text, effect, actions, subject, resource, conjuncts, byCost }
    out.push({ ...base, lift: null, approver: null, ...more })
  }
  switch (rule.effect) {
    case 'permit':
    case 'forbid':
      add(rule.effect, [...who, ...what, ...rest])
      break
    case 'approval':
      if (approver === null) {
        throw new CompileError('no_approver', `\`${text}\` asks for approval but names no approver`, id)
      }
      add('approval', [...who, ...what, ...rest], { approver })
      break
    case 'only': {
      add('permit', [...who, ...what, ...rest])
      const lift = [...who, ...rest]
      const unless: Conjunct = {
        clause: { kind: 'not', of: allOf(lift) },
        says: `unless ${lift.map(c => c.says).join(', ')}`,
      }
      add('forbid', [...what, unless], { subject: { kind: 'anyone' }, lift })
    }
  }
}

/** Every action name that some rule uses, sorted. Rules for any action name none. */
export function actionsOf(set: PolicySet): readonly string[] {
  return [...set.index.byAction.keys()].sort()
}
