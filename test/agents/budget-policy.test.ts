import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetProblem } from '../../src/agents/budget-policy.ts'
import type { JsonObject } from '../../src/policy/json.ts'

const GOOD: readonly JsonObject[] = [
  {},
  {
    max_tokens_per_day: 100_000,
    max_api_calls_per_hour: 500,
    max_cost_per_month_usd: 50,
    allowed_models: ['gpt-4', 'claude-3-sonnet'],
    require_approval_above_usd: 10,
  },
  { max_tokens_per_day: 0 },
  { max_cost_per_month_usd: 0.1, require_approval_above_usd: '0.000001' },
  { max_cost_per_month_usd: '49.99' },
  { per_task: { max_tool_calls: 5, max_tokens: 1, max_cost_usd: 0.25, max_wall_seconds: 60 } },
]

const BAD: readonly (readonly [policy: JsonObject, says: RegExp])[] = [
  [{ max_tokens: 1 }, /`max_tokens` is no member of a budget policy; there are max_tokens_per_day/],
  [{ max_tokens_per_day: '1' }, /whole number/],
  [{ max_tokens_per_day: 1.5 }, /whole number/],
  [{ max_tokens_per_day: -1 }, /0 or more/],
  [{ max_tokens_per_day: 2 ** 53 }, /whole number/],
  [{ max_tokens_per_day: null }, /whole number/],
  [{ max_cost_per_month_usd: -0.01 }, /0 or more/],
  [{ max_cost_per_month_usd: 0.0000001 }, /6 decimals/],
  [{ max_cost_per_month_usd: '1e30' }, /dollars/],
  [{ max_cost_per_month_usd: 'lots' }, /dollars/],
  [{ max_cost_per_month_usd: true }, /dollars/],
  [{ allowed_models: 'gpt-4' }, /different names/],
  [{ allowed_models: ['a', 'a'] }, /different names/],
  [{ allowed_models: [''] }, /different names/],
  [{ per_task: 5 }, /`per_task` must be an object/],
  [{ per_task: { max_tokens_per_day: 1 } }, /`per_task.max_tokens_per_day` is no member/],
  [{ per_task: { max_wall_seconds: 0.5 } }, /`per_task.max_wall_seconds` must be a whole number/],
  [JSON.parse('{"__proto__": 1}'), /`__proto__` is no member/],
  [{ constructor: 1 }, /`constructor` is no member/],
]

for (const policy of GOOD) {
  test(`${JSON.stringify(policy)} is a budget policy`, () => assert.equal(budgetProblem(policy), null))
}
for (const [policy, says] of BAD) {
  test(`${JSON.stringify(policy)} is none`, () => assert.match(budgetProblem(policy) ?? '', says))
}
