import type { Wish, World } from './ask.ts'
import type { Staged } from './example.ts'
import type { FindingKind } from './finding.ts'
import { constant, NO, UNKNOWN, YES } from './formula.ts'
import { bySubject, hasAction, onResource } from './ground.ts'
import { concerned, type Inquiry, inquire, isNone, no, notYes, quote, staged, yes } from './inquiry.ts'
import type { Part } from './part.ts'

/** Whether what an `only` rule is about includes the link. */
export const within = (only: Part, want: number): Wish => ({
  part: only,
  want,
  formula: g => (hasAction(only, g.link.action) ? onResource(only.source.rule.resource, g) : constant(NO)),
})

export const isNot = (only: Part): Wish => ({
  part: only,
  want: NO,
  formula: g => bySubject(only.source.rule.subject, g),
})

/** Says why no request hangs on a permit. `core` are parts of other rules that together leave it none. */
export function classify(main: Part, core: readonly Part[], world: World, done: Set<string>, inquiry: Inquiry): void {
  const what = `${quote(main.source)} ever decides`
  for (const bar of core.filter(part => part.effect === 'forbid')) {
    if (!isNone([yes(main), no(bar)], what, inquiry)) continue
    contradiction(main, bar, world, done, inquiry)
    return
  }
  for (const bar of core.filter(part => part.bars)) {
    if (!isNone([yes(main), within(bar, NO | UNKNOWN)], what, inquiry)) continue
    const excluded = inquire([yes(main), isNot(bar), within(bar, YES)], [], what, inquiry)
    if (excluded.kind !== 'found') continue
    contradiction(main, bar, excluded.world, done, inquiry)
    return
  }
  for (const other of core.filter(part => part.effect === 'permit')) {
    if (!isNone([yes(main), notYes(other)], what, inquiry)) continue
    const same = other.source.rule.effect === 'permit' && isNone([yes(other), notYes(main)], what, inquiry)
    const text = `${quote(main.source)} adds nothing: ${quote(other.source)} allows all of it already`
    if (same) duplicate(main, other, world, done, inquiry)
    else report('shadowed', main, [other], world, text, inquiry)
    return
  }
  for (const other of core.filter(part => part.effect === 'approval')) {
    if (!isNone([yes(main), no(other)], what, inquiry)) continue
    const text = `${quote(main.source)} never decides: ${quote(other.source)} always asks for an approval first`
    report('shadowed', main, [other], world, text, inquiry)
    return
  }
  const needed = fewest(main, core, what, inquiry)
  const names = [...new Set(needed.map(part => quote(part.source)))].join(' and ')
  report('shadowed', main, needed, world, `${quote(main.source)} never decides: ${names} always come first`, inquiry)
}

function fewest(main: Part, core: readonly Part[], what: string, inquiry: Inquiry): readonly Part[] {
  let left = core
  const against = (part: Part): Wish => (part.effect === 'permit' ? notYes(part) : no(part))
  for (const part of core) {
    const fewer = left.filter(p => p !== part)
    if (isNone([yes(main), ...fewer.map(against)], what, inquiry)) left = fewer
  }
  return left
}

function contradiction(main: Part, bar: Part, world: World, done: Set<string>, inquiry: Inquiry): void {
  const both = main.source.rule.effect === 'only' && bar.bars
  if (both && !first('contradicts', main, bar, done)) return
  const text = bar.bars
    ? `${quote(main.source)} permits what ${quote(bar.source)} keeps for others`
    : `${quote(main.source)} permits nothing that ${quote(bar.source)} does not forbid`
  report('contradicts', main, [bar], world, text, inquiry)
}

export function duplicate(main: Part, other: Part, world: World, done: Set<string>, inquiry: Inquiry): void {
  if (!first('duplicate', main, other, done)) return
  const [a, b] = main.order <= other.order ? [main, other] : [other, main]
  report('duplicate', a, [b], world, `${quote(a.source)} and ${quote(b.source)} mean the same`, inquiry)
}

/** Whether a pair is met for the first time, either way round. */
export function first(kind: FindingKind, a: Part, b: Part, done: Set<string>): boolean {
  const key = `${kind} ${Math.min(a.order, b.order)} ${Math.max(a.order, b.order)}`
  if (done.has(key)) return false
  done.add(key)
  return true
}

/** Reports a finding once the engine has confirmed its example: the rule matches it, and the answer is as claimed. */
export function report(
  kind: Exclude<FindingKind, 'never-matches' | 'wider' | 'narrower'>,
  main: Part,
  others: readonly Part[],
  world: World,
  text: string,
  inquiry: Inquiry,
): void {
  const scene = staged(world, text, inquiry)
  if (scene === null) return
  const { request, facts } = scene
  const { policy, findings, unknown } = inquiry
  const effect = policy.decide(request, facts)
  const idle = kind === 'contradicts' || effect === policy.decide(request, facts, { without: main.source })
  if (!matches(main, scene, inquiry) || (kind === 'contradicts' && effect === 'allow') || !idle) {
    unknown.add(`cannot tell whether ${text}: the engine does not confirm the example`)
    return
  }
  const rules = [...new Map([main, ...others].map(part => [part.order, concerned(part.source)])).values()]
  const verb = effect === 'allow' ? 'can' : effect === 'escalate' ? 'needs an approval to' : 'cannot'
  const { tuples, attributes } = scene
  const example = { request, tuples, attributes, before: null, effect, text: scene.tell(verb) }
  findings.push({ kind, rules, example, text })
}

const ALONE = { permit: 'allow', only: 'allow', approval: 'escalate', forbid: 'deny' } as const

const matches = ({ source }: Part, { request, facts }: Staged, { policy }: Inquiry): boolean =>
  request.actors.length > 0 || policy.decide(request, facts, { alone: source }) === ALONE[source.rule.effect]
