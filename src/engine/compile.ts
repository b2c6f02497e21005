import { isZone } from '../lib/zone.ts'
import type { Rule } from '../policy/ast.ts'
import { nounOf } from '../policy/print.ts'
import { buildIndex, type RuleIndex } from './candidates.ts'
import type { CompiledRule, Conjunct } from './clause.ts'
import { CompileError, type Frame, Slots } from './frame.ts'
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

interface Made {
  readonly id: string
  readonly text: string
  readonly zone: string
  readonly rules: readonly CompiledRule[]
}

/** Rules that many sets begin with, compiled once for all of them. */
export interface RuleBase {
  readonly sources: readonly SourceRule[]
  readonly zone: string
  readonly rules: readonly CompiledRule[]
  readonly index: RuleIndex
  readonly slots: Slots
}

/**
 * What was compiled before for the same org: a rule that is the same object is not compiled again. All sets made with
 * one memo number their questions alike.
 */
export interface RuleMemo {
  readonly base: RuleBase | null
  slots: Slots
  made: WeakMap<Rule, Made>
}

export const createRuleMemo = (base: RuleBase | null = null): RuleMemo => ({
  base,
  slots: new Slots(base?.slots),
  made: new WeakMap(),
})

/** Numbers of questions that no rule asks any more are given up once they are this many times those of the rules. */
const SPARE = 16

function refresh(memo: RuleMemo, rules: number): void {
  if (memo.slots.size > SPARE * (rules + 1_000)) Object.assign(memo, createRuleMemo(memo.base))
}

/** Compiles what sets may begin with. Nothing is added to it later. Fails as `compilePolicies` does. */
export function compileBase(sources: readonly SourceRule[], zone: string): RuleBase {
  const memo = createRuleMemo()
  const rules = compileRules(sources, 0, zone, memo)
  return { sources, zone, rules, index: buildIndex(rules), slots: memo.slots }
}

/** Compiles and indexes rules. Fails as `compileRules` does. */
export function compilePolicies(
  rules: readonly SourceRule[],
  options: { readonly org: string; readonly zone: string; readonly version: number },
  memo: RuleMemo = createRuleMemo(),
): PolicySet {
  refresh(memo, rules.length)
  const base = baseFor(rules, options.zone, memo)
  if (base === null) {
    const compiled = compileRules(rules, 0, options.zone, memo)
    return { ...options, rules: compiled, index: buildIndex(compiled) }
  }
  const own = compileRules(rules.slice(base.sources.length), base.rules.length, options.zone, memo)
  return { ...options, rules: [...base.rules, ...own], index: buildIndex(own, base.index) }
}

/** The memo's base, where the rules begin with all of it. */
function baseFor(rules: readonly SourceRule[], zone: string, { base }: RuleMemo): RuleBase | null {
  if (base === null || base.zone !== zone || rules.length < base.sources.length) return null
  return base.sources.every((source, i) => source === rules[i]) ? base : null
}

/** Compiles rules in their order, the first of them numbered `from`. Fails with CompileError on an unknown zone, a bad range, date or time of day. */
function compileRules(
  rules: readonly SourceRule[],
  from: number,
  zone: string,
  memo: RuleMemo,
): readonly CompiledRule[] {
  refuseZone(zone)
  const compiled: CompiledRule[] = []
  for (const source of rules) {
    const first = from + compiled.length
    let made = madeOf(source, zone, memo)
    if (made.rules[0]?.order !== first) {
      made = { ...made, rules: made.rules.map((one, i) => ({ ...one, order: first + i })) }
      memo.made.set(source.rule, made)
    }
    compiled.push(...made.rules)
  }
  return compiled
}

/** Fails as compiling the rules would. */
export function checkRules(rules: readonly SourceRule[], zone: string, memo: RuleMemo): void {
  refuseZone(zone)
  for (const source of rules) madeOf(source, zone, memo)
}

function madeOf(source: SourceRule, zone: string, { slots, made }: RuleMemo): Made {
  const { id, text, rule } = source
  const known = made.get(rule)
  if (known !== undefined && known.id === id && known.text === text && known.zone === zone) return known
  const fresh = { id, text, zone, rules: compileRule(source, frameOf(source, zone, slots)) }
  made.set(rule, fresh)
  return fresh
}

function refuseZone(zone: string): void {
  if (isZone(zone)) return
  const message = `\`${zone}\` is not a time zone; expected an IANA name such as \`Europe/Berlin\``
  throw new CompileError('unknown_zone', message, null)
}

const frameOf = ({ id, rule }: SourceRule, zone: string, slots: Slots): Frame => ({
  zone,
  slots,
  rule: id,
  noun: nounOf(rule.resource),
  who: 'subject',
})

/** Ordered from 0; the set knows where the rule stands. */
function compileRule({ id, text, rule }: SourceRule, frame: Frame): readonly CompiledRule[] {
  const out: CompiledRule[] = []
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
  return out
}

/** Every action name that some rule uses, sorted. Rules for any action name none. */
export function actionsOf(set: PolicySet): readonly string[] {
  return [...new Set(set.index.layers.flatMap(layer => [...layer.byAction.keys()]))].sort()
}
