import { decimalOf, parseDecimal } from '../lib/decimal.ts'
import type { Json, JsonObject } from '../policy/json.ts'

type Kind = 'count' | 'usd' | 'names'

const MEMBERS: Readonly<Record<string, Kind>> = {
  max_tokens_per_day: 'count',
  max_api_calls_per_hour: 'count',
  max_cost_per_month_usd: 'usd',
  require_approval_above_usd: 'usd',
  allowed_models: 'names',
}

const PER_TASK: Readonly<Record<string, Kind>> = {
  max_tool_calls: 'count',
  max_tokens: 'count',
  max_cost_usd: 'usd',
  max_wall_seconds: 'count',
}

/** Parts of a dollar that an amount may name, and how many of them there may be. */
const USD_SCALE = 6
const USD_MOST = BigInt(Number.MAX_SAFE_INTEGER)
const MOST_NAMES = 100

/** What is wrong with a budget policy, or null: every member is known, counts are whole, money is an exact decimal. */
export function budgetProblem(policy: JsonObject): string | null {
  const { per_task: perTask, ...rest } = policy
  if (perTask !== undefined) {
    const problem = isObject(perTask) ? membersProblem(perTask, PER_TASK, 'per_task.') : '`per_task` must be an object'
    if (problem !== null) return problem
  }
  return membersProblem(rest, MEMBERS, '')
}

function membersProblem(policy: JsonObject, members: Readonly<Record<string, Kind>>, prefix: string): string | null {
  for (const [name, value] of Object.entries(policy)) {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined
    if (kind === undefined) {
      const known = [...Object.keys(members), ...(prefix === '' ? ['per_task'] : [])].join(', ')
      return `\`${prefix}${name}\` is no member of a budget policy; there are ${known}`
    }
    const problem = valueProblem(value, kind)
    if (problem !== null) return `\`${prefix}${name}\` must be ${problem}`
  }
  return null
}

function valueProblem(value: Json, kind: Kind): string | null {
  switch (kind) {
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? null : 'a whole number, 0 or more'
    case 'usd':
      return isUsd(value) ? null : `an amount of dollars, 0 or more, with ${USD_SCALE} decimals at the most`
    case 'names': {
      const ok = Array.isArray(value) && value.length <= MOST_NAMES && value.every(isName)
      return ok && new Set(value as readonly string[]).size === (value as readonly string[]).length
        ? null
        : `a list of at most ${MOST_NAMES} different names`
    }
  }
}

function isUsd(value: Json): boolean {
  const amount = typeof value === 'number' ? decimalOf(value) : typeof value === 'string' ? parseDecimal(value) : null
  return (
    amount !== null &&
    amount.units >= 0n &&
    amount.scale <= USD_SCALE &&
    amount.units * 10n ** BigInt(USD_SCALE - amount.scale) <= USD_MOST
  )
}

const isName = (value: Json): boolean => typeof value === 'string' && value.length > 0 && value.length <= 200

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
