import { compilePolicies, type PolicySet, type SourceRule } from '../engine/compile.ts'
import { decide } from '../engine/decide.ts'
import type { Effect } from '../policy/decision.ts'
import type { Facts } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { type Meeting, meetingOf } from './meet.ts'
import { type Part, partsOf } from './part.ts'
import type { Site } from './site.ts'

/** One version of the rules, taken apart, and the engine over them. */
export interface Policy {
  readonly parts: readonly Part[]
  readonly meeting: Meeting
  /** What the engine decides; `without` leaves a rule out, `alone` all others. */
  decide(
    request: Request,
    facts: Facts,
    choice?: { readonly without?: SourceRule; readonly alone?: SourceRule },
  ): Effect
}

const MOST_KEPT = 64

export function policyOf(rules: readonly SourceRule[], site: Site): Policy {
  const parts = rules.flatMap(partsOf)
  const meeting = meetingOf(parts)
  const kept = new Map<string, { readonly rules: readonly SourceRule[]; readonly set: PolicySet }>()
  const compile = (some: readonly SourceRule[]): PolicySet =>
    compilePolicies(some, { org: site.org, zone: site.zone, version: 1 })
  const setFor = ({ subject, actors, action, resource }: Request) => {
    const types = [...new Set([subject.type, ...actors.map(a => a.type)])].sort()
    const key = JSON.stringify([action, resource.type, types])
    const known = kept.get(key)
    if (known !== undefined) return known
    const some = [...new Set(meeting.at(action, resource.type, types).map(p => p.source))]
    const made = { rules: some, set: compile(some) }
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(key, made)
    return made
  }
  return {
    parts,
    meeting,
    decide(request, facts, { without, alone } = {}) {
      const all = alone === undefined ? setFor(request) : null
      const set =
        all === null
          ? compile(alone === undefined ? [] : [alone])
          : without === undefined
            ? all.set
            : compile(all.rules.filter(r => r !== without))
      const verdict = decide(set, request, facts)
      if ('kind' in verdict) throw new Error('a plain table of facts answers every question')
      return verdict.effect
    },
  }
}
