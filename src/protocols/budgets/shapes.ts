import { z } from 'zod'
import { parseDecimal } from '../../lib/decimal.ts'
import { LONGEST_HELD } from '../../pdp/budgets/spend.ts'
import { type Amounts, SPENT, type SpentMeter } from '../../pdp/budgets/taking.ts'
import { PdpError } from '../../pdp/errors.ts'

const key = z.string().min(1).max(255)
const count = z.int().min(0)
const name = z.string().min(1).max(200)

/** Dollars as an exact decimal: a number, or text. */
export const usd = z.union([z.number().min(0), z.string().max(40)])

/** Millionths of a dollar. Fails with `invalid_request`. */
export function microsFrom(value: number | string, where: string): number {
  const said = parseDecimal(String(value))
  const micros =
    said === null || said.units < 0n || said.scale > 6 ? null : Number(said.units * 10n ** BigInt(6 - said.scale))
  if (micros !== null && Number.isSafeInteger(micros)) return micros
  throw new PdpError('invalid_request', `\`${where}\` must be dollars, 0 or more, with 6 decimals at the most`)
}

const money = z.strictObject({
  amount: count,
  unit: z.literal('USD').default('USD'),
  decimals: z.int().min(0).max(15).default(6),
})

/** Money with its decimals as millionths. Fails with `invalid_request` where it is none exactly. */
function microsOf({ amount, decimals }: z.infer<typeof money>): number {
  const micros = decimals <= 6 ? BigInt(amount) * 10n ** BigInt(6 - decimals) : null
  const by = 10n ** BigInt(Math.max(0, decimals - 6))
  const whole = micros ?? (BigInt(amount) % by === 0n ? BigInt(amount) / by : null)
  const number = whole === null ? Number.NaN : Number(whole)
  if (Number.isSafeInteger(number)) return number
  throw new PdpError('invalid_request', 'a cost must come to whole millionths of a dollar')
}

const item = z.strictObject({
  meter: z.enum([...SPENT, 'wall_ms']),
  amount: count,
  unit: z.literal('USD').optional(),
  decimals: z.int().min(0).max(15).optional(),
  model: name.optional(),
  tool: name.optional(),
  at: z.iso.datetime({ offset: true }).optional(),
})

const usageMembers = {
  idempotency_key: key.optional(),
  task_id: name.optional(),
  reservation_id: name.optional(),
  items: z.array(item).min(1).max(100).optional(),
  tokens: count.optional(),
  tool_calls: count.optional(),
  api_calls: count.optional(),
  cost_usd: usd.optional(),
  wall_ms: count.optional(),
  model: name.optional(),
}

export const usage = z.strictObject(usageMembers)
export const meteredUsage = z.strictObject({ ...usageMembers, agent_id: name })

/** What a report comes to, by meter; of time it takes nothing, as tasks are timed by their beginning. */
export function amountsFrom(said: z.infer<typeof usage>): Amounts {
  const sums = new Map<SpentMeter, number>()
  const add = (meter: SpentMeter, amount: number): void => {
    const sum = (sums.get(meter) ?? 0) + amount
    if (!Number.isSafeInteger(sum)) throw new PdpError('invalid_request', `\`${meter}\` is more than can be counted`)
    sums.set(meter, sum)
  }
  for (const { meter, amount, decimals = 6 } of said.items ?? []) {
    if (meter === 'cost') add(meter, microsOf({ amount, unit: 'USD', decimals }))
    else if (meter !== 'wall_ms') add(meter, amount)
  }
  for (const meter of ['tokens', 'tool_calls', 'api_calls'] as const) {
    const amount = said[meter]
    if (amount !== undefined) add(meter, amount)
  }
  if (said.cost_usd !== undefined) add('cost', microsFrom(said.cost_usd, 'cost_usd'))
  if (sums.size === 0 && said.wall_ms === undefined && said.items === undefined) {
    throw new PdpError(
      'invalid_request',
      'nothing was used: expected `items`, or one of `tokens`, `cost_usd`, `tool_calls`',
    )
  }
  return Object.fromEntries([...sums].filter(([, amount]) => amount > 0))
}

export const meters = z
  .strictObject({ tokens: count, api_calls: count, tool_calls: count, cost: money, cost_usd: usd })
  .partial()

export function metersFrom(said: z.infer<typeof meters>): Amounts {
  const { cost, cost_usd: dollars, ...counts } = said
  const money =
    cost !== undefined ? microsOf(cost) : dollars !== undefined ? microsFrom(dollars, 'cost_usd') : undefined
  const all = { ...counts, ...(money !== undefined && { cost: money }) }
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== undefined)) as Amounts
}

export const reservation = z.strictObject({
  task_id: name.optional(),
  meters,
  model: name.optional(),
  ttl_s: z
    .int()
    .min(1)
    .max(LONGEST_HELD / 1000)
    .default(300),
  idempotency_key: key.optional(),
})

export const committed = z.strictObject({ meters: meters.optional(), overrun: z.boolean().default(false) })

export const givenBack = z.strictObject({
  meter: z.enum(SPENT).optional(),
  reason: z.string().min(1).max(500).optional(),
  idempotency_key: key.optional(),
})
export const toppedUp = z.strictObject({
  meter: z.enum(SPENT),
  amount: z.int().min(1).optional(),
  amount_usd: usd.optional(),
  reason: z.string().min(1).max(500).optional(),
  idempotency_key: key.optional(),
})

const window = z.object({
  of: z.string(),
  meter: z.string(),
  window: z.enum(['hour', 'day', 'month', 'task']),
  limit: z.int().nullable(),
  used: z.int(),
  reserved: z.int(),
  remaining: z.int().nullable(),
  resets_at: z.string().nullable(),
  unit: z.string().optional(),
  decimals: z.int().optional(),
})
export const policyShown = z.record(z.string(), z.unknown())
export const budgetShown = z.object({
  policy: policyShown,
  state: z.enum(['ok', 'warning', 'exhausted']),
  windows: z.array(window),
  tasks: z.array(z.object({ task_id: z.string(), windows: z.array(window) })),
})
const exceeded = z.object({ of: z.string(), meter: z.string(), window: z.string() })
export const usageShown = z.object({
  accepted: z.literal(true),
  replayed: z.boolean(),
  budget: budgetShown,
  exceeded: z.array(exceeded),
})
export const reservationShown = z.object({
  reservation_id: z.string(),
  state: z.string(),
  expires_at: z.string().nullable(),
  meters: z.record(z.string(), z.int()),
  remaining: z.record(z.string(), z.int()),
})
