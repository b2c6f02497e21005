import assert from 'node:assert/strict'
import type { App } from './app.ts'

const org = '/orgs/acme-corp/api/v1'

/** Calls every operation on budgets once, each to its good end. */
export async function callBudgets(app: App): Promise<void> {
  const call = async (method: string, path: string, body?: object, key?: string) => {
    const got = await app.send(method, `${org}${path}`, {
      ...(body !== undefined && { body }),
      ...(key !== undefined && { key }),
    })
    assert.ok(got.status < 300, `${method} ${path}: ${got.status} ${got.text}`)
    return got.json
  }
  const budget = { max_tokens_per_day: 1000, max_cost_per_month_usd: 5 }
  const body = { name: 'Spender', identityType: 'api_key', capabilities: ['a:b'], budget_policy: budget }
  const { data } = await call('POST', '/admin/agents', body)
  const key = data.apiKey ?? data.api_key
  await call('POST', '/agents/me/usage', { tokens: 10 }, key)
  await call('POST', '/usage', { agent_id: data.id, tokens: 10 })
  await call('GET', '/agents/me/budget', undefined, key)
  const one = await call('POST', '/agents/me/budget/reservations', { meters: { tokens: 5 } }, key)
  await call('POST', `/agents/me/budget/reservations/${one.reservation_id}/commit`, { meters: { tokens: 4 } }, key)
  const two = await call('POST', '/agents/me/budget/reservations', { meters: { cost_usd: 1 } }, key)
  await call('DELETE', `/agents/me/budget/reservations/${two.reservation_id}`, undefined, key)
  const at = `/admin/agents/${data.id}/budget`
  await call('GET', at)
  await call('PUT', at, budget)
  await call('PATCH', at, { max_cost_per_month_usd: null })
  await call('POST', `${at}/topup`, { meter: 'tokens', amount: 1 })
  await call('POST', `${at}/reset`)
  await call('PUT', '/admin/budgets/org', budget)
  await call('PATCH', '/admin/budgets/org', { max_tokens_per_day: 2000 })
  await call('GET', '/admin/budgets')
  await call('GET', '/admin/budgets/org')
  await call('POST', '/admin/budgets/org/topup', { meter: 'tokens', amount: 1 })
  await call('POST', '/admin/budgets/org/reset')
  await call('DELETE', '/admin/budgets/org')
}
