import type { Agent } from '../../agents/agent.ts'
import type { Ledger, Reservation, Settled } from '../../facts/ledger.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import type { Overage } from '../../policy/charge.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { budgetExceeded } from './exceeded.ts'
import { budgetsOf } from './held.ts'
import { type Amounts, chargesOf, meterIn, type Taking } from './taking.ts'

export type { Reservation }

/** Who tells of what was spent, or reserves it. */
export interface Spender extends Taking {
  /** The agent it is about: the last of the chain. */
  readonly agent: Agent
  /** Who says so, as logs name them. */
  readonly by: string
  readonly ip: string
  readonly model: string | null
}

export function ledgerOf({ ledger }: Service): Ledger {
  if (ledger === null) throw new PdpError('unavailable', 'nobody counts what is spent')
  return ledger
}

const lost = (error: unknown): never => {
  throw error instanceof PdpError ? error : new PdpError('unavailable', 'the ledger does not answer now', {}, error)
}

const conflict = (id: string): PdpError =>
  new PdpError('idempotency_conflict', `something else was sent under \`${id}\` before`)

function tell(pdp: Service, state: OrgState, kind: string, spender: Spender, id: string, data: JsonObject): void {
  const at = pdp.clock()
  const { agent, by, task, amounts, ip } = spender
  const target = `agent:${agent.slug}`
  const said = { id, amounts: { ...amounts }, ...data }
  pdp.audit.append(state.org.slug, () => ({
    id: timedId('log', at),
    at,
    kind,
    actor: by,
    target,
    task,
    ip,
    data: said,
  }))
}

/** Counts what was spent, whatever the caps; answers whether it was told before. */
export async function report(pdp: Service, state: OrgState, spender: Spender, key: string): Promise<boolean> {
  const at = pdp.clock()
  const { agent, by, amounts, task, model } = spender
  const id = `usage ${by} ${key}`
  const print = sha256(JSON.stringify([agent.slug, task, model, Object.entries(amounts).sort()]))
  const charges = chargesOf(state, spender, at)
  const data = { agent: agent.slug, by, model, task }
  const found = await ledgerOf(pdp).record(state.org.slug, { id, print, charges, at, until: null, data }).catch(lost)
  if (found.kind === 'conflict') throw conflict(key)
  const again = found.kind === 'spent' && found.again
  if (!again) tell(pdp, state, 'budget.spent', spender, key, { model })
  return again
}

/** Longest that a reservation may be held, in milliseconds. */
export const LONGEST_HELD = 900_000

/** Fails with `budget_exceeded`, `approval_required`, `capability_denied`. */
export async function reserve(
  pdp: Service,
  state: OrgState,
  spender: Spender,
  { key, ttl }: { readonly key: string | null; readonly ttl: number },
): Promise<Reservation> {
  const at = pdp.clock()
  const { agent, agents, amounts, task, model } = spender
  for (const one of agents) mustBeFree(budgetsOf(state, one), one, amounts, model)
  const charges = chargesOf(state, spender, at)
  const id = key === null ? timedId('rsv', at) : `rsv_${sha256(`${state.org.slug} ${agent.id} ${key}`).slice(0, 26)}`
  const print = sha256(JSON.stringify([agent.slug, task, model, ttl, Object.entries(amounts).sort()]))
  const data = { agent: agent.slug, model, task }
  const spending = { id, print, charges, at, until: at + ttl, data }
  const found = await Promise.resolve(ledgerOf(pdp).spend(state.org.slug, spending)).catch(lost)
  switch (found.kind) {
    case 'conflict':
      throw conflict(key ?? id)
    case 'over': {
      const over: Overage[] = found.over.map(({ charge, used, reserved }) => ({ ...charge, used, reserved }))
      tell(pdp, state, 'budget.exhausted', spender, id, { meters: over.map(({ counter }) => counter) })
      throw budgetExceeded(over, at)
    }
    case 'spent':
      if (!found.again) tell(pdp, state, 'budget.reserved', spender, id, { until: at + ttl })
      return found.reservation
  }
}

type Held = ReturnType<typeof budgetsOf>

function mustBeFree(
  { models, approvalAbove }: Held,
  { slug }: Agent,
  { cost = 0 }: Amounts,
  model: string | null,
): void {
  const bar = model === null ? undefined : models.find(line => !line.models.includes(model))
  if (bar !== undefined) {
    const message = `agent:${slug} may not use the model \`${model}\`: ${bar.of} allows ${bar.models.join(', ') || 'none'}`
    throw new PdpError('capability_denied', message, { model, allowed_models: [...bar.models] })
  }
  if (approvalAbove === null || cost <= approvalAbove) return
  const hint = { type: 'payment', actions: ['initiate'], identifier: `agent:${slug}` }
  throw new PdpError('approval_required', `this costs more than agent:${slug} may spend without approval`, {
    authorization_details: [hint],
    threshold: approvalAbove,
    required: cost,
    unit: 'USD',
    decimals: 6,
  })
}

const absent = (id: string): PdpError => new PdpError('reservation_not_found', `there is no reservation \`${id}\``)

/** A reservation of this agent. Fails with `reservation_not_found`. */
async function held(pdp: Service, state: OrgState, agent: Agent, id: string): Promise<Reservation> {
  const found = id.startsWith('rsv_') ? await ledgerOf(pdp).reservation(state.org.slug, id).catch(lost) : null
  if (found === null || found.data.agent !== agent.slug) throw absent(id)
  return found
}

/** Settles a reservation; `amounts` null is all of it, `overrun` more than it if need be. */
export async function commit(
  pdp: Service,
  state: OrgState,
  spender: Spender,
  id: string,
  { amounts, overrun }: { readonly amounts: Amounts | null; readonly overrun: boolean },
): Promise<Reservation> {
  const { charges } = await held(pdp, state, spender.agent, id)
  const given = (counter: string): number | undefined => amounts?.[meterIn(counter) as keyof Amounts]
  const by = charges.flatMap(({ counter }) => {
    const amount = given(counter)
    return amount === undefined ? [] : [[counter, amount] as const]
  })
  const unknown = Object.keys(amounts ?? {}).filter(meter => !charges.some(({ counter }) => meterIn(counter) === meter))
  if (unknown.length > 0) {
    throw new PdpError('invalid_request', `\`${unknown.join('`, `')}\` was not reserved; report it with \`usage\``)
  }
  const how = { kind: 'commit', overrun, ...(amounts !== null && { amounts: Object.fromEntries(by) }) } as const
  const settled = await ledgerOf(pdp).settle(state.org.slug, id, how, pdp.clock()).catch(lost)
  const reservation = mustBeSettled(settled, id)
  tell(pdp, state, 'budget.committed', { ...spender, amounts: amounts ?? {} }, id, { overrun })
  return reservation
}

export async function release(pdp: Service, state: OrgState, spender: Spender, id: string): Promise<void> {
  await held(pdp, state, spender.agent, id)
  const settled = await ledgerOf(pdp).settle(state.org.slug, id, { kind: 'release' }, pdp.clock()).catch(lost)
  if (settled.kind !== 'over_time') mustBeSettled(settled, id)
  tell(pdp, state, 'budget.released', spender, id, {})
}

function mustBeSettled(settled: Settled, id: string): Reservation {
  switch (settled.kind) {
    case 'settled':
      return settled.reservation
    case 'beyond':
      throw new PdpError(
        'invalid_request',
        'this is more than was reserved; send `overrun: true` if it was spent anyway',
      )
    case 'over_time':
      throw new PdpError('reservation_expired', `the reservation \`${id}\` ended before it was settled`)
    case 'settled_otherwise':
      throw new PdpError('reservation_settled', `the reservation \`${id}\` was settled otherwise before`)
    case 'unknown':
      throw absent(id)
  }
}
