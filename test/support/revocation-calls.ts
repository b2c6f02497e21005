import assert from 'node:assert/strict'
import type { App } from './app.ts'

/** Calls every operation about revocations once, as the document wants it. */
export async function callRevocations(app: App, org: string): Promise<void> {
  const base = `/orgs/${org}/api/v1/revocations`
  const told = await app.send('GET', `${base}/stream?since=0&follow=false`)
  assert.match(told.text, /event: heartbeat\n/)
  const snapshot = await app.send('GET', `${base}/snapshot`)
  assert.equal(snapshot.status, 200, snapshot.text)
}
