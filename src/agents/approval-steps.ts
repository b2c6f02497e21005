import { type Entity, sameEntity } from '../policy/entity.ts'
import type { Approval, ApprovalState, Given, Terms } from './approval.ts'
import { isNarrower } from './narrower.ts'

export type ApprovalEvent =
  /** Whether `by` may answer at all, and which demands they meet, the engine has said. */
  | {
      readonly kind: 'answer'
      readonly by: Entity
      readonly yes: boolean
      readonly notes: string | null
      readonly meets: readonly number[]
      readonly narrowed: Terms | null
    }
  | { readonly kind: 'cancel' | 'expire' | 'escalate' | 'repeat' | 'consume' | 'revoke' }
  | { readonly kind: 'review'; readonly by: Entity; readonly ok: boolean; readonly notes: string | null }

export type ApprovalCode = 'approval_over' | 'answered_already' | 'own_request' | 'wider_than_asked' | 'not_due'

export interface ApprovalProblem {
  readonly ok: false
  readonly code: ApprovalCode
  readonly message: string
}

export type ApprovalStep = { readonly ok: true; readonly approval: Approval } | ApprovalProblem

const problem = (code: ApprovalCode, message: string): ApprovalProblem => ({ ok: false, code, message })

/** What a request is at an instant: it ends without anybody writing so. */
export function approvalState({ state, expiresAt, until }: Approval, now: number): ApprovalState {
  if (state === 'pending') return now >= expiresAt ? 'expired' : 'pending'
  return state === 'approved' && until !== null && now >= until ? 'expired' : state
}

/** Whether others are to be asked by now. */
export const isEscalated = ({ escalated, escalatesAt, state }: Approval, now: number): boolean =>
  escalated || (state === 'pending' && escalatesAt !== null && now >= escalatesAt)

/** Whoever asked, and everyone in whose name or through whom it is done, but for one who is asked themselves. */
export const isOwn = ({ agent, subject, actors, addressee }: Approval, by: Entity): boolean =>
  !(addressee !== null && by.type === 'user' && by.id === addressee) &&
  [{ type: 'agent', id: agent }, subject, ...actors].some(one => sameEntity(one, by))

/** Demands, by their place, that nobody met yet. */
export const unmet = ({ demands, answers }: Approval): readonly number[] =>
  demands.map((_, i) => i).filter(i => !answers.some(a => a.yes && a.meets.includes(i)))

/** Whether the yeses given are enough: enough people, each demand met, and the one who was asked. */
export function isEnough(approval: Approval): boolean {
  const yeses = approval.answers.filter(a => a.yes)
  const { addressee } = approval
  const asked = addressee === null || yeses.some(({ by }) => by.type === 'user' && by.id === addressee)
  return yeses.length >= approval.needs && asked && unmet(approval).length === 0
}

/** INVARIANT: nothing leaves a state that is over but an approval being used up or taken back. */
export function approvalAfter(approval: Approval, event: ApprovalEvent, now: number): ApprovalStep {
  const is = approvalState(approval, now)
  const to = (more: Partial<Approval>): ApprovalStep => ({
    ok: true,
    approval: { ...approval, ...more, version: approval.version + 1 },
  })
  const over = (): ApprovalProblem => problem('approval_over', `the request \`${approval.id}\` is ${is} already`)
  switch (event.kind) {
    case 'answer':
      return is === 'pending' ? answered(approval, event, now) : over()
    case 'cancel':
      return is === 'pending' ? to({ state: 'cancelled', endedAt: now }) : over()
    case 'expire':
      if (is !== 'expired' || approval.state === 'expired') return problem('not_due', `\`${approval.id}\` is ${is}`)
      return to({ state: 'expired', endedAt: approval.until ?? approval.expiresAt })
    case 'escalate':
      if (approval.escalated || !isEscalated(approval, now) || is !== 'pending') {
        return problem('not_due', `\`${approval.id}\` is ${is}, and nobody else is to be asked`)
      }
      return to({ escalated: true })
    case 'repeat':
      return is === 'pending' ? to({ repeats: approval.repeats + 1 }) : over()
    case 'consume':
      return is === 'approved' ? to({ state: 'consumed', endedAt: now }) : over()
    case 'revoke':
      return is === 'approved' || is === 'pending' ? to({ state: 'cancelled', endedAt: now }) : over()
    case 'review': {
      if (approval.emergency === null || approval.emergency.reviewed !== null) {
        return problem('not_due', `\`${approval.id}\` has nothing left to review`)
      }
      if (isOwn(approval, event.by)) return problem('own_request', 'who asked does not review')
      const { by, ok, notes } = event
      const ends = !ok && is === 'approved' ? ({ state: 'cancelled', endedAt: now } as const) : {}
      return to({ ...ends, emergency: { reviewed: { by, ok, at: now, notes } } })
    }
  }
}

type Answering = Extract<ApprovalEvent, { kind: 'answer' }>

function answered(approval: Approval, event: Answering, now: number): ApprovalStep {
  const { by, yes, notes, meets, narrowed } = event
  if (isOwn(approval, by)) return problem('own_request', 'nobody answers a request of their own, or of their own chain')
  if (approval.answers.some(a => sameEntity(a.by, by))) {
    return problem('answered_already', `${by.type}:${by.id} has answered \`${approval.id}\` already`)
  }
  if (narrowed !== null && !isNarrower(narrowed, approval.terms)) {
    return problem('wider_than_asked', 'an approver may take something away from what was asked, and add nothing')
  }
  const given: Given = { by: { type: by.type, id: by.id }, yes, at: now, notes, meets }
  const next: Approval = {
    ...approval,
    answers: [...approval.answers, given],
    terms: yes ? (narrowed ?? approval.terms) : approval.terms,
    version: approval.version + 1,
  }
  if (!yes) return { ok: true, approval: { ...next, state: 'denied', endedAt: now } }
  if (!isEnough(next)) return { ok: true, approval: next }
  return { ok: true, approval: { ...next, state: 'approved', endedAt: now, until: now + next.terms.ttl } }
}
