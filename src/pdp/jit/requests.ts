import type { Approval, Terms } from '../../agents/approval.ts'
import { approvalAfter } from '../../agents/approval-steps.ts'
import type { Detail } from '../../agents/detail.ts'
import type { Task } from '../../agents/task.ts'
import { APPROVAL, attributesOf } from '../../facts/approvals.ts'
import { wholeApprovalState } from '../../facts/tasks.ts'
import { sha256 } from '../../lib/ids.ts'
import { type JsonObject, sameJson } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { amend, put } from '../registering.ts'
import type { Service } from '../service.ts'
import { type Judged, judge, riskOf, whoAnswers } from './draft.ts'
import { grantsFor } from './grants.ts'
import { allows, quietly } from './quiet.ts'
import { forgotten } from './tidy.ts'

/** How long requests wait, in milliseconds. */
export interface JitTimes {
  readonly pending: number
  /** Until others are asked as well. */
  readonly escalate: number
}

export interface Asked {
  readonly task: Task
  readonly details: readonly Detail[]
  readonly justification: string | null
  /** How long it is wanted for, in milliseconds. */
  readonly ttl: number
  readonly uses: number
  readonly emergency: boolean
  readonly addressee: string | null
  readonly via: Approval['via']
  readonly meta: JsonObject
  readonly ip: string
  /** How long it waits at the most; null: as long as any. */
  readonly pending?: number | null
  /** What the answer is fetched by, as a digest: each who joins has its own. */
  readonly ticket?: string
}

export const LONGEST_GRANT = 900_000
const MOST_PENDING = 50
const HOUR = 3_600_000
const TRIES = 8

/** Asks for a yes. An identical request that waits already is joined. */
export async function ask(pdp: Service, state: OrgState, asked: Asked, times: JitTimes): Promise<Approval> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToAsk(pdp, state, asked, times)
    } catch (error) {
      if (!(error instanceof PdpError && error.code === 'stale_version') || tries === TRIES) throw error
      await pdp.orgs.catchUp(state.org.slug, await pdp.store.revision(state.org.slug))
    }
  }
}

async function tryToAsk(pdp: Service, state: OrgState, asked: Asked, times: JitTimes): Promise<Approval> {
  const { task } = asked
  const by = `agent:${task.agent}`
  const same = state.registry.approvalsOf(task.id).filter(one => isSame(one, asked))
  const waiting = same.find(one => wholeApprovalState(state.registry, one, pdp.clock()) === 'pending')
  if (waiting !== undefined) return joined(pdp, state, waiting, by, asked.ticket)
  mayAskNow(pdp, state, task.agent)
  const judged = await judge(pdp, state, task, asked.details, asked.ip)
  const now = pdp.clock()
  const draft = await completed(
    pdp,
    state,
    draftOf(state, withDecisions(asked, judged), judged, same.length, now, times),
  )
  const changes = [
    put(draft, by, null),
    ...(draft.state === 'approved' ? grantsFor(draft, now, by) : []),
    ...forgotten(state, now, by),
  ]
  await pdp.write(state, changes, 'ignore')
  return draft
}

/** What the engine said of it when it was asked is found again from the request. */
const withDecisions = (asked: Asked, { decisions }: Judged): Asked => ({
  ...asked,
  meta: { ...asked.meta, decisions: decisions.map(({ id }) => id) },
})

const isSame = (one: Approval, { details, ttl, uses, emergency, addressee, via }: Asked): boolean =>
  one.via === via &&
  one.addressee === addressee &&
  (one.emergency !== null) === emergency &&
  one.asked.ttl === ttl &&
  one.asked.uses === uses &&
  sameJson(one.asked.details, details)

async function joined(pdp: Service, state: OrgState, waiting: Approval, by: string, ticket: string | undefined) {
  const read = () => approvalNamed(state, waiting.id)
  return amend(pdp, state, read, { by, ifMatch: null }, found => {
    const step = approvalAfter(found, { kind: 'repeat' }, pdp.clock())
    if (!step.ok) throw new PdpError('stale_version', step.message)
    return { entry: ticket === undefined ? step.approval : { ...step.approval, meta: withTicket(found.meta, ticket) } }
  })
}

const MOST_TICKETS = 20

const ticketsIn = (meta: JsonObject, name: 'tickets' | 'used'): readonly string[] =>
  (Array.isArray(meta[name]) ? meta[name] : []) as readonly string[]

function withTicket(meta: JsonObject, ticket: string): JsonObject {
  const tickets = ticketsIn(meta, 'tickets')
  if (tickets.length >= MOST_TICKETS) throw new PdpError('rate_limit_exceeded', 'the same was asked too often')
  return { ...meta, tickets: [...tickets, ticket] }
}

/** The request a ticket was given for. */
export const approvalByTicket = ({ registry }: OrgState, ticket: string): Approval | undefined =>
  [...registry.approvals.values()].find(({ meta }) => ticketsIn(meta, 'tickets').includes(ticket))

/** Takes a ticket: of all who show it, one gets what it is for. */
export async function takeTicket(pdp: Service, state: OrgState, id: string, ticket: string): Promise<boolean> {
  let mine = false
  await amend(
    pdp,
    state,
    () => approvalNamed(state, id),
    { by: BY, ifMatch: null },
    found => {
      const used = ticketsIn(found.meta, 'used')
      mine = !used.includes(ticket)
      if (!mine) return null
      return { entry: { ...found, meta: { ...found.meta, used: [...used, ticket] }, version: found.version + 1 } }
    },
  )
  return mine
}

const BY = 'service:lumoauth'

function mayAskNow(pdp: Service, { registry }: OrgState, agent: string): void {
  const now = pdp.clock()
  let pending = 0
  for (const one of registry.approvals.values()) {
    if (one.agent === agent && one.state === 'pending' && now < one.expiresAt) pending += 1
  }
  if (pending < MOST_PENDING) return
  throw new PdpError('rate_limit_exceeded', `${MOST_PENDING} requests of this agent wait for an answer already`)
}

function draftOf(
  { registry }: OrgState,
  asked: Asked,
  judged: Pick<Approval, 'operations' | 'demands' | 'permitted'>,
  before: number,
  now: number,
  times: JitTimes,
): Approval {
  const { task, details, ttl, uses, justification, emergency, addressee, via, meta, ticket } = asked
  const terms: Terms = { details, ttl: Math.min(ttl, LONGEST_GRANT), uses }
  const waits = Math.min(asked.pending ?? times.pending, times.pending)
  const { operations, demands, permitted } = judged
  const recent = [...registry.approvals.values()].filter(a => a.agent === task.agent && a.state === 'denied')
  const denials = recent.filter(a => (a.endedAt ?? 0) > now - HOUR).length
  return {
    kind: 'approval',
    // The same asked twice at once comes to the same id, of which only one can be made.
    id: `jit_${sha256(JSON.stringify([task.id, via, addressee, emergency, ttl, uses, details, before])).slice(0, 32)}`,
    task: task.id,
    agent: task.agent,
    subject: task.subject,
    actors: task.actors,
    asked: { details, ttl, uses },
    justification,
    risk: 'critical',
    permitted,
    demands,
    operations,
    denials,
    addressee,
    needs: 1,
    state: 'pending',
    answers: [],
    terms,
    byPolicy: null,
    askedAt: now,
    expiresAt: now + waits,
    escalatesAt: times.escalate < waits ? now + times.escalate : null,
    escalated: false,
    endedAt: null,
    until: null,
    repeats: 0,
    via,
    emergency: emergency ? { reviewed: null } : null,
    meta: ticket === undefined ? meta : withTicket(meta, ticket),
    version: 1,
  }
}

/** How grave it is, and whether it waits for people at all. */
async function completed(pdp: Service, state: OrgState, bare: Approval): Promise<Approval> {
  const draft = { ...bare, risk: await riskOf(pdp, state, bare) }
  const granted = (byPolicy: string): Approval => ({
    ...draft,
    state: 'approved',
    needs: 0,
    byPolicy,
    endedAt: draft.askedAt,
    until: draft.askedAt + draft.terms.ttl,
  })
  if (draft.emergency !== null) {
    if (draft.justification === null) {
      throw new PdpError('invalid_request', 'emergency access needs a `justification` for those who review it')
    }
    const resource = { type: APPROVAL, id: draft.id, properties: attributesOf(draft) }
    const verdict = await quietly(pdp, state, { type: 'agent', id: draft.agent }, 'break_glass', resource)
    if (!allows(verdict)) {
      const why = 'emergency access takes the capability `break_glass:approvals`, and a rule that lets it pass'
      throw new PdpError('approval_refused', why)
    }
    return granted(verdict.reasons[0]?.sentence ?? '')
  }
  const answers = await whoAnswers(pdp, state, draft)
  if (answers.kind === 'granted') return granted(answers.rule ?? '')
  return { ...draft, demands: answers.demands, needs: answers.needs }
}

export function approvalNamed({ registry }: OrgState, id: string): Approval {
  const found = registry.approvals.get(id)
  if (found === undefined) throw new PdpError('approval_not_found', `there is no request \`${id}\``)
  return found
}
