import { z } from 'zod'
import type { Agent } from '../../agents/agent.ts'
import type { Budget } from '../../agents/budget.ts'
import { budgetProblem } from '../../agents/budget-policy.ts'
import { updateAgent } from '../../pdp/agents.ts'
import {
  budgetNamed,
  giveBack,
  type Owner,
  ownerOfAgent,
  ownerOfBudget,
  putBudget,
  removeBudget,
} from '../../pdp/budgets/change.ts'
import { standing, statusOf } from '../../pdp/budgets/status.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import type { JsonObject } from '../../policy/json.ts'
import { budgetPolicy } from '../registry/agent-shape.ts'
import { done, iso, oneWith } from '../registry/shapes.ts'
import { type Call, type Route, route } from '../route.ts'
import * as shape from './shapes.ts'
import { budgetBody, windowBody } from './shown.ts'

const agents = '/orgs/{org}/api/v1/admin/agents/{id}/budget'
const budgets = '/orgs/{org}/api/v1/admin/budgets'
const read = { scope: 'org', act: { action: 'read', type: 'org_budget' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_budget' } } as const
const tag = 'budgets'

const shared = z.object({
  name: z.string(),
  policy: shape.policyShown,
  windows: shape.budgetShown.shape.windows,
  updated_at: z.string(),
  version: z.int(),
})

/** What is said replaces what there was; of a patch, null takes a member out. */
function patched(before: JsonObject, said: JsonObject): JsonObject {
  const { per_task: was = {} } = before
  const { per_task: is, ...rest } = said
  const all = {
    ...before,
    ...rest,
    ...(is !== undefined && { per_task: is === null ? null : merged(was as JsonObject, is as JsonObject) }),
  }
  const policy = without(all)
  const problem = budgetProblem(policy)
  if (problem !== null) throw new PdpError('invalid_request', problem)
  return policy
}

const merged = (before: JsonObject, said: JsonObject): JsonObject => without({ ...before, ...said })
const without = (policy: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== null))

const patch = z.record(z.string(), z.json()).meta({ type: 'object' }) as unknown as z.ZodType<JsonObject>

type Asked = Pick<Call<undefined, undefined>, 'state' | 'params' | 'principal' | 'headers'>

/** Budgets of agents, of teams and of the org, for those who set them. */
export function budgetAdminRoutes(service: Service): readonly Route[] {
  const agentBody = async (state: OrgState, agent: Agent) =>
    budgetBody(agent.budgetPolicy, await statusOf(service, state, agent))
  const sharedBody = async (state: OrgState, budget: Budget) => {
    const lines = ownerOfBudget(budget).lines.filter(({ per }) => per !== 'task')
    const stands = await standing(service, state, lines, null, service.clock())
    const { id, policy, updatedAt, version } = budget
    return { name: id, policy, windows: stands.map(windowBody), updated_at: iso(updatedAt), version }
  }
  const sent = ({ headers }: Pick<Asked, 'headers'>, key: string | undefined): string | null => {
    const header = headers['idempotency-key']
    return key ?? (typeof header === 'string' && header !== '' ? header.slice(0, 255) : null)
  }

  const givingBack = (path: string, whose: 'Agent' | 'Shared', ownerIn: (call: Asked) => Owner): readonly Route[] => [
    route({
      operation: `reset${whose}Budget`,
      method: 'POST',
      path: `${path}/reset`,
      tag,
      summary: 'Begin the windows there are anew: nothing is used of them',
      needs: write,
      optionalBody: true,
      body: shape.givenBack,
      answers: { 200: { description: 'done', schema: done } },
      async handle(call) {
        const { meter = null, reason = null, idempotency_key: key } = call.body
        const by = nameOf(call.principal)
        const owner = ownerIn(call)
        await giveBack(service, call.state, owner, { meter, amount: null, reason, key: sent(call, key), by })
        return { status: 200, body: { message: `The budget of ${owner.name} was reset` } }
      },
    }),
    route({
      operation: `topUp${whose}Budget`,
      method: 'POST',
      path: `${path}/topup`,
      tag,
      summary: 'Take so much of what was used back, in the windows there are',
      needs: write,
      body: shape.toppedUp,
      answers: { 200: { description: 'done', schema: done } },
      async handle(call) {
        const { meter, amount: count, amount_usd: dollars, reason = null, idempotency_key: key } = call.body
        const amount = dollars === undefined ? count : shape.microsFrom(dollars, 'amount_usd')
        if (
          amount === undefined ||
          amount === 0 ||
          (dollars !== undefined && (count !== undefined || meter !== 'cost'))
        ) {
          throw new PdpError(
            'invalid_request',
            'expected one of `amount`, and `amount_usd` of the meter `cost`, above 0',
          )
        }
        const owner = ownerIn(call)
        const by = nameOf(call.principal)
        await giveBack(service, call.state, owner, { meter, amount, reason, key: sent(call, key), by })
        return { status: 200, body: { message: `The budget of ${owner.name} was topped up` } }
      },
    }),
  ]

  const setting = (method: 'PUT' | 'PATCH'): readonly Route[] => {
    const isPut = method === 'PUT'
    const body = (isPut ? budgetPolicy : patch) as z.ZodType<JsonObject>
    const after = (before: JsonObject, said: JsonObject): JsonObject => (isPut ? said : patched(before, said))
    const summary = isPut ? 'Replace the budget' : 'Change what is said of the budget; null takes a limit out'
    return [
      route({
        operation: `${isPut ? 'put' : 'patch'}AgentBudget`,
        method,
        path: agents,
        tag,
        summary: `${summary} of an agent`,
        needs: write,
        body,
        answers: { 200: { description: 'the budget', schema: oneWith(shape.budgetShown) } },
        async handle({ state, params, body: said, principal, ifMatch }) {
          const { budgetPolicy: before } = agentNamed(state, params.id ?? '')
          const editor = { by: nameOf(principal), ifMatch }
          const agent = await updateAgent(
            service,
            state,
            params.id ?? '',
            { budgetPolicy: after(before, said) },
            editor,
          )
          return { status: 200, body: { data: await agentBody(state, agent), message: 'Budget updated successfully' } }
        },
      }),
      route({
        operation: `${isPut ? 'put' : 'patch'}SharedBudget`,
        method,
        path: `${budgets}/{name}`,
        tag,
        summary: `${summary} of the org (\`org\`) or of a team (\`team:eng\`)`,
        needs: write,
        body,
        answers: { 200: { description: 'the budget', schema: oneWith(shared) } },
        async handle({ state, params, body: said, principal }) {
          const name = params.name ?? ''
          const before = state.registry.budgets.get(name)?.policy ?? {}
          const budget = await putBudget(service, state, name, after(before, said), nameOf(principal))
          return {
            status: 200,
            body: { data: await sharedBody(state, budget), message: 'Budget updated successfully' },
          }
        },
      }),
    ]
  }

  return [
    route({
      operation: 'getAgentBudget',
      method: 'GET',
      path: agents,
      tag,
      summary: 'What an agent may spend, has spent and has left',
      needs: read,
      answers: { 200: { description: 'the budget', schema: oneWith(shape.budgetShown) } },
      async handle({ state, params }) {
        return { status: 200, body: { data: await agentBody(state, agentNamed(state, params.id ?? '')) } }
      },
    }),
    route({
      operation: 'listSharedBudgets',
      method: 'GET',
      path: budgets,
      tag,
      summary: 'The budgets of the org and of teams',
      needs: read,
      answers: { 200: { description: 'budgets', schema: z.object({ data: z.array(shared) }) } },
      async handle({ state }) {
        const all = [...state.registry.budgets.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
        return { status: 200, body: { data: await Promise.all(all.map(one => sharedBody(state, one))) } }
      },
    }),
    route({
      operation: 'getSharedBudget',
      method: 'GET',
      path: `${budgets}/{name}`,
      tag,
      summary: 'The budget of the org (`org`) or of a team (`team:eng`)',
      needs: read,
      answers: { 200: { description: 'the budget', schema: oneWith(shared) } },
      async handle({ state, params }) {
        return { status: 200, body: { data: await sharedBody(state, budgetNamed(state, params.name ?? '')) } }
      },
    }),
    route({
      operation: 'deleteSharedBudget',
      method: 'DELETE',
      path: `${budgets}/{name}`,
      tag,
      summary: 'Remove the budget of the org or of a team',
      needs: write,
      answers: { 200: { description: 'removed', schema: done } },
      async handle({ state, params, principal }) {
        await removeBudget(service, state, params.name ?? '', nameOf(principal))
        return { status: 200, body: { message: 'Budget removed successfully' } }
      },
    }),
    ...setting('PUT'),
    ...setting('PATCH'),
    ...givingBack(agents, 'Agent', ({ state, params }) => ownerOfAgent(state, agentNamed(state, params.id ?? ''))),
    ...givingBack(`${budgets}/{name}`, 'Shared', ({ state, params }) =>
      ownerOfBudget(budgetNamed(state, params.name ?? '')),
    ),
  ]
}
