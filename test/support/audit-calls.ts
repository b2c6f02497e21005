import assert from 'node:assert/strict'
import type { App } from './app.ts'

/** Calls every operation on the record once, each to its good end. */
export async function callAudit(app: App, org: string): Promise<void> {
  const admin = `/orgs/${org}/api/v1/admin`
  const good = async (method: string, path: string, body?: object) => {
    const got = await app.send(method, path, body === undefined ? {} : { body })
    assert.ok(got.status < 300, `${method} ${path}: ${got.status} ${got.text}`)
    return got.json
  }
  for (const logs of [`${admin}/audit-logs`, `/orgs/${org}/api/v1/audit-logs`]) {
    const { data } = await good('GET', logs)
    await good('GET', `${logs}/${data[0].log_id}`)
    await good('GET', `${logs}/actions`)
    await good('GET', `${logs}/stats`)
    await good('GET', `${logs}/retention`)
    await good('PUT', `${logs}/retention`, { retention_days: 30 })
    await good('PATCH', `${logs}/retention`, { retentionDays: 90 })
    await good('GET', `${logs}/export`)
    await good('POST', `${logs}/export?format=ocsf`)
    await good('GET', `${logs}/stream?follow=false&since=0`)
    await good('POST', `${logs}/checkpoints`)
    await good('GET', `${logs}/checkpoints`)
    await good('POST', `${logs}/verify`, {})
    await good('POST', `${logs}/erase`, { subject: 'user:nobody-there' })
  }
  const agent = await good('POST', `${admin}/agents`, { name: 'Timed', identityType: 'api_key' })
  await good('GET', `${admin}/agents/${agent.data.id}/timeline`)
  await good('GET', `${admin}/tasks/task_none/story`)
  await good('GET', `/orgs/${org}/api/v1/jit/task/task_none/story`)
  const via = { type: 'syslog', host: '192.0.2.1' }
  const sink = await good('POST', `${admin}/siem-sinks`, { name: 'soc', via, active: false })
  await good('GET', `${admin}/siem-sinks`)
  await good('GET', `${admin}/siem-sinks/${sink.data.id}`)
  await good('PATCH', `${admin}/siem-sinks/${sink.data.id}`, { name: 'noc' })
  await good('DELETE', `${admin}/siem-sinks/${sink.data.id}`)
}
