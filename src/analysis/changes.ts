import type { Wish } from './ask.ts'
import { actorFor, rankOf } from './example.ts'
import { constant, join, negated, YES } from './formula.ts'
import { applies } from './ground.ts'
import { concerned, type Inquiry, inquire, no, notNo, notYes, quote, staged, yes } from './inquiry.ts'
import type { Link } from './link.ts'
import type { Part } from './part.ts'
import type { Policy } from './policy.ts'

export type Direction = 'wider' | 'narrower'

/** A rule that is in one of two versions alone. */
export interface Changed {
  readonly parts: readonly Part[]
  readonly came: boolean
}

/**
 * Whether a rule's coming or going lets more through, or less: one example for each. More is let through from one
 * version to the other where the latter permits and nothing forbids, or an approval may be had, and the former did not;
 * less is the same with the versions changed about.
 */
export function changeOf({ parts, came }: Changed, direction: Direction, before: Policy, inquiry: Inquiry): void {
  const [from, to] = direction === 'wider' ? [before, inquiry.policy] : [inquiry.policy, before]
  const arrives = came === (direction === 'wider')
  for (const part of parts)
    for (const wishes of arrives ? arrivals(part, from, to) : departures(part, to)) {
      const rule = quote(part.source)
      const what = `${came ? 'adding' : 'removing'} ${rule} ${direction === 'wider' ? 'lets more through' : 'lets less through'}`
      const reply = inquire([...wishes.must, otherLink(to, inquiry)], wishes.also, what, inquiry)
      if (reply.kind !== 'found') continue
      const scene = staged(reply.world, what, inquiry)
      if (scene === null) continue
      const { request, facts, tuples, attributes } = scene
      const [was, now] = [before.decide(request, facts), inquiry.policy.decide(request, facts)]
      const difference = rankOf(now) - rankOf(was)
      if (direction === 'wider' ? difference <= 0 : difference >= 0) {
        inquiry.unknown.add(`cannot tell whether ${what}: the engine does not confirm the example`)
        continue
      }
      const verb = now === 'escalate' ? 'now needs an approval to' : direction === 'wider' ? 'can now' : 'can no longer'
      const text = scene.tell(verb)
      const example = { request, tuples, attributes, before: was, effect: now, text }
      inquiry.findings.push({
        kind: direction,
        rules: [concerned(part.source)],
        example,
        text: `${came ? 'with' : 'without'} ${rule}, ${text}`,
      })
      return
    }
}

interface Wishes {
  readonly must: readonly Wish[]
  readonly also: readonly Wish[]
}

const of = (parts: readonly Part[], effect: Part['effect']): readonly Part[] => parts.filter(p => p.effect === effect)

/** `part` is in `to` alone: more is let through where it permits, or asks for an approval, and nothing in `from` did. */
function* arrivals(part: Part, from: Policy, to: Policy): Generator<Wishes> {
  if (part.effect === 'forbid') return
  const there = to.meeting.with(part)
  const here = from.meeting.with(part)
  const silent = [...of(there, 'forbid').map(no), ...of(here, 'permit').map(notYes)]
  if (part.effect === 'permit') yield { must: [yes(part)], also: [...silent, ...of(there, 'approval').map(no)] }
  else yield { must: [notNo(part)], also: [...silent, ...of(here, 'approval').map(no)] }
}

/** `part` is in `from` alone: more is let through where it stood in the way and no longer does. */
function* departures(part: Part, to: Policy): Generator<Wishes> {
  if (part.effect === 'permit') return
  const there = to.meeting.with(part)
  const forbids = of(there, 'forbid').map(no)
  const approvals = of(there, 'approval')
  for (const applied of [yes(part), notNo(part)]) {
    for (const permit of of(there, 'permit')) {
      yield { must: [applied, yes(permit)], also: [...forbids, ...approvals.map(no)] }
    }
    if (part.effect === 'approval') continue
    for (const approval of approvals) yield { must: [applied, notNo(approval)], also: forbids }
  }
}

/** In a chain the whole is let through only if every link is. */
function otherLink(policy: Policy, { desk }: Inquiry): Wish {
  const parts = policy.parts
  const [part] = parts
  if (part === undefined) throw new Error('a policy without rules lets nothing through')
  return {
    part,
    want: YES,
    formula(g) {
      const { me, principal, delegated, action, resource } = g.link
      if (!delegated) return constant(YES)
      const link: Link =
        principal === null
          ? { me: actorFor(me, desk.naming), principal: me, delegated, action, resource }
          : { me: principal, principal: null, delegated, action, resource }
      const other = { site: g.site, link, me: link.me }
      const all = policy.meeting.at(action, resource.type, [link.me.type])
      const some = (effect: Part['effect']) =>
        join(
          'any',
          of(all, effect).map(p => applies(p, other)),
        )
      return join('all', [some('permit'), negated(some('forbid')), negated(some('approval'))])
    },
  }
}
