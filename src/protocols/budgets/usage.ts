import type { z } from 'zod'
import { holderOf } from '../../agents/token.ts'
import { timedId } from '../../lib/ids.ts'
import { agentsIn } from '../../pdp/budgets/held.ts'
import { commit, release, report, reserve, type Spender } from '../../pdp/budgets/spend.ts'
import { statusOf } from '../../pdp/budgets/status.ts'
import type { Amounts } from '../../pdp/budgets/taking.ts'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf, nameOf, type Principal, taskOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import * as shape from './shapes.ts'
import { budgetBody, exceededIn, reservationBody } from './shown.ts'

const base = '/orgs/{org}/api/v1'
const own = { scope: 'org', act: { action: 'use', type: 'org_usage' } } as const
const reporting = { scope: 'org', act: { action: 'report', type: 'org_usage' } } as const

type Said = Pick<Call<undefined, undefined>, 'state' | 'principal' | 'ip' | 'headers'>

/** The agent that calls, its chain, and the task its token is for. Fails with `permission_denied`. */
function callerOf({ state, principal, ip }: Said, task: string | undefined, amounts: Amounts, model?: string): Spender {
  const chain = chainOf(principal)
  const agent = state.registry.identityOf(holderOf(chain))
  if (agent?.kind !== 'agent') {
    throw new PdpError('permission_denied', 'budgets are kept by agents; call with the token or the API key of one')
  }
  const agents = agentsIn(state, chain.subject, chain.actors)
  const named = taskNamed(
    state,
    principal,
    agents.map(({ slug }) => slug),
    task,
  )
  return { agent, agents, task: named, amounts, by: nameOf(principal), ip, model: model ?? null }
}

/** A task of one of the chain's agents: the token's, or one that is named. */
function taskNamed(state: OrgState, principal: Principal, agents: readonly string[], named?: string): string | null {
  const { task } = taskOf(principal)
  const id = named ?? task
  if (id === undefined) return null
  const found = state.registry.tasks.get(id)
  if (task !== id && (found === undefined || !agents.includes(found.agent))) {
    throw new PdpError('invalid_request', `there is no task \`${id}\` of this agent`)
  }
  return id
}

function keyOf({ headers }: Said, said: string | undefined): string | null {
  const sent = said ?? headers['idempotency-key']
  if (sent === undefined) return null
  if (typeof sent === 'string' && sent.length > 0 && sent.length <= 255) return sent
  throw new PdpError('invalid_request', '`Idempotency-Key` must be one text of at most 255 characters')
}

/** Reports, reservations and what is left, for agents and for meters beside them. */
export function usageRoutes(service: Service): readonly Route[] {
  const budget = async (state: OrgState, { agent }: Pick<Spender, 'agent'>) =>
    budgetBody(agent.budgetPolicy, await statusOf(service, state, agent))

  const reported = async (call: Said, spender: Spender, said: z.infer<typeof shape.usage>): Promise<Reply> => {
    const { state } = call
    const key = keyOf(call, said.idempotency_key) ?? timedId('use', service.clock())
    const replayed =
      said.reservation_id === undefined
        ? await report(service, state, spender, key)
        : await settled(state, spender, said.reservation_id, key)
    const status = await statusOf(service, state, spender.agent)
    const shown = budgetBody(spender.agent.budgetPolicy, status)
    return { status: 200, body: { accepted: true, replayed, budget: shown, exceeded: exceededIn(status) } }
  }

  /** A reservation ends with what was really spent. Where it ended before, what was spent counts all the same. */
  const settled = async (state: OrgState, spender: Spender, id: string, key: string): Promise<boolean> => {
    try {
      await commit(service, state, spender, id, { amounts: spender.amounts, overrun: true })
      return false
    } catch (error) {
      if (error instanceof PdpError && error.code === 'reservation_expired') return report(service, state, spender, key)
      throw error
    }
  }

  return [
    route({
      operation: 'reportUsage',
      method: 'POST',
      path: `${base}/agents/me/usage`,
      tag: 'budgets',
      summary: 'Tell what the agent that calls has spent. It counts in any case, also beyond a budget',
      needs: own,
      body: shape.usage,
      answers: { 200: { description: 'counted, and what is left', schema: shape.usageShown } },
      handle: call => {
        const { body } = call
        return reported(call, callerOf(call, body.task_id, shape.amountsFrom(body), body.model), body)
      },
    }),
    route({
      operation: 'reportUsageOf',
      method: 'POST',
      path: `${base}/usage`,
      tag: 'budgets',
      summary: 'Tell what an agent has spent, as a gateway or another meter',
      needs: reporting,
      body: shape.meteredUsage,
      answers: { 200: { description: 'counted, and what is left', schema: shape.usageShown } },
      handle: call => {
        const { body, state, principal, ip } = call
        const agent = agentNamed(state, body.agent_id)
        const task = body.task_id ?? null
        if (task !== null && state.registry.tasks.get(task) === undefined) {
          throw new PdpError('invalid_request', `there is no task \`${task}\``)
        }
        const amounts = shape.amountsFrom(body)
        const by = nameOf(principal)
        return reported(call, { agent, agents: [agent], task, amounts, by, ip, model: body.model ?? null }, body)
      },
    }),
    route({
      operation: 'ownBudget',
      method: 'GET',
      path: `${base}/agents/me/budget`,
      tag: 'budgets',
      summary: 'What the agent that calls may spend, has spent and has left',
      needs: own,
      answers: { 200: { description: 'the budget', schema: shape.budgetShown } },
      async handle(call) {
        return { status: 200, body: await budget(call.state, callerOf(call, undefined, {})) }
      },
    }),
    route({
      operation: 'reserveBudget',
      method: 'POST',
      path: `${base}/agents/me/budget/reservations`,
      tag: 'budgets',
      summary: 'Hold some of every budget that applies, all or none, until it is settled or its time is over',
      needs: own,
      body: shape.reservation,
      answers: { 201: { description: 'held', schema: shape.reservationShown } },
      async handle(call) {
        const { body, state } = call
        const spender = callerOf(call, body.task_id, shape.metersFrom(body.meters), body.model)
        const key = keyOf(call, body.idempotency_key)
        const made = await reserve(service, state, spender, { key, ttl: body.ttl_s * 1000 })
        return { status: 201, body: reservationBody(made, await statusOf(service, state, spender.agent)) }
      },
    }),
    route({
      operation: 'commitReservation',
      method: 'POST',
      path: `${base}/agents/me/budget/reservations/{id}/commit`,
      tag: 'budgets',
      summary: 'Settle a reservation: what was spent of it; the rest is free again',
      needs: own,
      body: shape.committed,
      optionalBody: true,
      answers: {
        200: { description: 'settled', schema: shape.reservationShown.extend({ budget: shape.budgetShown }) },
      },
      async handle(call) {
        const { body, state, params } = call
        const spender = callerOf(call, undefined, {})
        const amounts = body.meters === undefined ? null : shape.metersFrom(body.meters)
        const made = await commit(service, state, spender, params.id ?? '', { amounts, overrun: body.overrun })
        const status = await statusOf(service, state, spender.agent)
        const shown = budgetBody(spender.agent.budgetPolicy, status)
        return { status: 200, body: { ...reservationBody(made, status), budget: shown } }
      },
    }),
    route({
      operation: 'releaseReservation',
      method: 'DELETE',
      path: `${base}/agents/me/budget/reservations/{id}`,
      tag: 'budgets',
      summary: 'Give back what is held, unspent',
      needs: own,
      answers: { 204: { description: 'given back' } },
      async handle(call) {
        await release(service, call.state, callerOf(call, undefined, {}), call.params.id ?? '')
        return { status: 204 }
      },
    }),
  ]
}
