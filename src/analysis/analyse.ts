import type { SourceRule } from '../engine/compile.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { type Changed, changeOf } from './changes.ts'
import type { Analysis, Finding } from './finding.ts'
import { flawsOf } from './flaws.ts'
import { namingOf } from './frames.ts'
import type { Inquiry } from './inquiry.ts'
import { exact } from './leaf.ts'
import type { Part } from './part.ts'
import { type Policy, policyOf } from './policy.ts'
import { siteOf } from './site.ts'

export type { Analysis, Example, Finding, FindingKind } from './finding.ts'

export interface Input {
  readonly rules: readonly SourceRule[]
  /** The rules these would replace; null where there are none to compare with. */
  readonly before: readonly SourceRule[] | null
  readonly vocabulary: Vocabulary
  readonly org: string
  readonly zone: string
  /** How much work to spend at most, in looks at a clause: a hundred thousand take about half a second. */
  readonly budget?: number
  /** Where flaws are looked for: in all rules, or in those that changed and those they can meet. */
  readonly flaws?: 'all' | 'changed'
}

export const BUDGET = 3_000_000
export const MOST_FINDINGS = 100

const ORDER = ['wider', 'narrower', 'never-matches', 'contradicts', 'shadowed', 'duplicate']

/** What is wrong with the rules, and what they change. Gives the same answer to the same input, on any machine. */
export function analyse(input: Input): Analysis {
  const { rules, org, zone, vocabulary } = input
  const site = siteOf(org, zone, vocabulary)
  const policy = policyOf(rules, site)
  const before = input.before === null ? null : policyOf(input.before, site)
  const naming = namingOf([...policy.parts, ...(before?.parts ?? [])])
  const desk = { site, naming, budget: { left: input.budget ?? BUDGET } }
  const inquiry: Inquiry = { desk, policy, before, findings: [], unknown: new Set() }
  const changed = before === null ? [] : changes(before, policy)
  if (before !== null) compare(changed, before, inquiry)
  const scope = before !== null && input.flaws === 'changed' ? touched(changed, policy) : null
  lookForFlaws(scope, inquiry)
  return result(inquiry)
}

/** Rules that are in one version alone, as they mean, whatever they are called. */
function changes(before: Policy, after: Policy): readonly Changed[] {
  const [was, is] = [grouped(before), grouped(after)]
  return [
    ...[...is].filter(([key]) => !was.has(key)).map(([, parts]) => ({ parts, came: true })),
    ...[...was].filter(([key]) => !is.has(key)).map(([, parts]) => ({ parts, came: false })),
  ]
}

function grouped({ parts }: Policy): ReadonlyMap<string, readonly Part[]> {
  const groups = new Map<string, Part[]>()
  const keys = new Map<SourceRule, string>()
  for (const part of parts) {
    const key = keys.get(part.source) ?? exact(part.source.rule)
    keys.set(part.source, key)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [part])
    else if (group[0]?.source === part.source) group.push(part)
  }
  return groups
}

function compare(changed: readonly Changed[], before: Policy, inquiry: Inquiry): void {
  for (const direction of ['wider', 'narrower'] as const) {
    for (const one of changed) {
      if (!enough(inquiry, 'what else changes')) return
      changeOf(one, direction, before, inquiry)
    }
  }
}

/** The rules that changed, and those whose requests they can meet. */
function touched(changed: readonly Changed[], policy: Policy): ReadonlySet<SourceRule> {
  const found = new Set<SourceRule>()
  for (const { parts, came } of changed) {
    for (const part of parts) {
      if (came) found.add(part.source)
      for (const other of policy.meeting.with(part)) found.add(other.source)
    }
  }
  return found
}

function lookForFlaws(scope: ReadonlySet<SourceRule> | null, inquiry: Inquiry): void {
  const bySource = new Map<SourceRule, Part[]>()
  for (const part of inquiry.policy.parts) {
    if (scope !== null && !scope.has(part.source)) continue
    const parts = bySource.get(part.source)
    if (parts === undefined) bySource.set(part.source, [part])
    else parts.push(part)
  }
  const done = new Set<string>()
  let looked = 0
  for (const [source, parts] of bySource) {
    if (!enough(inquiry, `what is wrong with ${bySource.size - looked} of ${bySource.size} rules`)) return
    flawsOf(source, parts, done, inquiry)
    looked += 1
  }
}

function enough({ desk, unknown }: Inquiry, what: string): boolean {
  if (desk.budget.left > 0) return true
  unknown.add(`cannot tell ${what}: the budget is spent`)
  return false
}

function result({ findings, unknown, policy, before }: Inquiry): Analysis {
  const place = new Map<string, number>()
  for (const [i, part] of [...policy.parts, ...(before?.parts ?? [])].entries()) {
    if (!place.has(part.source.id)) place.set(part.source.id, i)
  }
  const at = ({ rules }: Finding): number => place.get(rules[0]?.id ?? '') ?? 0
  const sorted = findings.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || at(a) - at(b))
  return {
    findings: sorted.slice(0, MOST_FINDINGS),
    more: Math.max(0, sorted.length - MOST_FINDINGS),
    complete: unknown.size === 0,
    unknown: [...unknown],
  }
}
