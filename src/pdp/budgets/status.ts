import type { Agent } from '../../agents/agent.ts'
import { isAtWork } from '../../agents/task.ts'
import { taskFactsOf } from '../../facts/budgets.ts'
import type { BudgetLine } from '../../policy/budget.ts'
import type { Charge } from '../../policy/charge.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { chargeOf } from './held.ts'
import { linesOfAgent } from './taking.ts'

/** One meter of a budget as it stands. */
export interface LineStatus {
  readonly line: BudgetLine
  readonly charge: Charge
  readonly used: number
  readonly reserved: number
}

export interface TaskStatus {
  readonly task: string
  readonly lines: readonly LineStatus[]
}

export interface BudgetStatus {
  readonly state: 'ok' | 'warning' | 'exhausted'
  readonly lines: readonly LineStatus[]
  readonly tasks: readonly TaskStatus[]
}

/** No more tasks than this are told of, those that began last. */
const MOST_TASKS = 20
const WARNING = 0.8

export async function statusOf(pdp: Service, state: OrgState, agent: Agent): Promise<BudgetStatus> {
  const now = pdp.clock()
  const lines = linesOfAgent(state, agent)
  const own = await standing(
    pdp,
    state,
    lines.filter(l => l.per !== 'task'),
    null,
    now,
  )
  const tasks = [...state.registry.tasks.values()]
    .filter(task => task.agent === agent.slug && isAtWork(task, now))
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, MOST_TASKS)
  const ofTasks: TaskStatus[] = []
  for (const { id } of tasks) {
    const facts = taskFactsOf(state.registry, id, now)
    const its = [...lines.filter(l => l.per === 'task'), ...(facts?.lines ?? [])]
    if (its.length > 0) ofTasks.push({ task: id, lines: await standing(pdp, state, its, id, now) })
  }
  return { state: worst(own), lines: own, tasks: ofTasks }
}

function worst(lines: readonly LineStatus[]): BudgetStatus['state'] {
  if (lines.some(({ line, used, reserved }) => used + reserved >= line.cap)) return 'exhausted'
  return lines.some(({ line, used, reserved }) => used + reserved >= line.cap * WARNING) ? 'warning' : 'ok'
}

/** What lines stand at now. Fails with `unavailable`. */
export async function standing(
  pdp: Service,
  state: OrgState,
  lines: readonly BudgetLine[],
  task: string | null,
  now: number,
): Promise<readonly LineStatus[]> {
  const facts = task === null ? undefined : taskFactsOf(state.registry, task, now)
  const charged = lines.flatMap(line => {
    const charge = chargeOf(line, 0, { task, until: facts?.endsAt }, now, state.org.zone)
    return charge === null ? [] : [{ line, charge }]
  })
  const counted = charged.filter(({ line }) => line.meter !== 'wall_ms')
  const found = await look(
    pdp,
    state,
    counted.map(({ charge }) => charge),
    now,
  )
  const known = new Map(counted.map(({ charge }, i) => [charge, found[i]]))
  return charged.map(({ line, charge }) => {
    if (line.meter !== 'wall_ms') return { line, charge, ...(known.get(charge) ?? { used: 0, reserved: 0 }) }
    return { line, charge, used: facts === undefined ? 0 : Math.max(0, now - facts.startedAt), reserved: 0 }
  })
}

async function look(pdp: Service, state: OrgState, charges: readonly Charge[], now: number) {
  if (pdp.ledger === null) throw new PdpError('unavailable', 'nobody counts what is spent')
  if (charges.length === 0) return []
  return pdp.ledger.fetch(state.org.slug, charges, now).catch((error: unknown) => {
    throw new PdpError('unavailable', 'what was spent cannot be told now', {}, error)
  })
}
