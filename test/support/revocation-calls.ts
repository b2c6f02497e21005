import assert from 'node:assert/strict'
import type { App } from './app.ts'

/** Calls every operation about revocations once, as the document wants it. */
export async function callRevocations(app: App, org: string): Promise<void> {
  const base = `/orgs/${org}/api/v1/revocations`
  const told = await app.send('GET', `${base}/stream?since=0&follow=false`)
  assert.match(told.text, /event: heartbeat\n/)
  const snapshot = await app.send('GET', `${base}/snapshot`)
  assert.equal(snapshot.status, 200, snapshot.text)
  const ssf = `/orgs/${org}/api/v1/ssf`
  for (const path of [
    `/orgs/${org}/api/v1/.well-known/ssf-configuration`,
    `/.well-known/ssf-configuration/orgs/${org}/api/v1`,
  ]) {
    assert.equal((await app.send('GET', path, { key: null })).status, 200)
  }
  const ok = async (method: string, path: string, status: number, body?: object) => {
    const got = await app.send(method, `${ssf}/${path}`, body === undefined ? {} : { body })
    assert.equal(got.status, status, got.text)
    return got.json
  }
  const delivery = { method: 'urn:ietf:rfc:8936' }
  const { stream_id } = await ok('POST', 'stream', 201, { delivery, audience: 'https://receiver.example.com' })
  const subject = { format: 'opaque', id: 'x' }
  await ok('GET', 'stream', 200)
  await ok('PATCH', 'stream', 200, { stream_id, description: 'all of it' })
  await ok('PUT', 'stream', 200, { stream_id })
  await ok('GET', `status?stream_id=${stream_id}`, 200)
  await ok('POST', 'subjects/remove', 204, { stream_id, subject })
  await ok('POST', 'subjects/add', 200, { stream_id, subject })
  await ok('POST', 'verify', 204, { stream_id, state: 'x' })
  await ok('POST', `poll/${stream_id}`, 200, { returnImmediately: true })
  await ok('POST', 'status', 200, { stream_id, status: 'paused' })
  await ok('DELETE', `stream?stream_id=${stream_id}`, 204)
}
