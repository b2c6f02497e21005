import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { sendTo } from '../support/app.ts'
import { newDatabase, sql } from '../support/database.ts'
import { type Node, node } from '../support/processes.ts'
import { answers, startReceiver, until } from '../support/receiver.ts'
import { type Running, skipWithout, startPostgres } from '../support/services.ts'

const postgres = await startPostgres()

describe('webhooks of two nodes', { skip: skipWithout(postgres) }, () => {
  test('killed in the middle, nothing that was acknowledged is lost, and the other node sends it', async t => {
    const receiver = await startReceiver()
    const database = await newDatabase((postgres as Running).url)
    const env = {
      DATABASE_URL: database,
      LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
      FETCH_ALLOW: receiver.host,
      WEBHOOK_RETRY_SECONDS: '0.1,0.2,0.4,0.4',
      DELIVERY_LEASE_MS: '1500',
    }
    const nodes: Node[] = [await node(env)]
    t.after(async () => {
      for (const one of nodes) one.process.kill('SIGKILL')
      await Promise.all(nodes.map(one => one.process.exitCode ?? one.process.signalCode ?? once(one.process, 'exit')))
      await receiver.close()
      await (postgres as Running).stop()
    })
    const [first] = nodes
    assert.ok(first !== undefined)
    const send = (to: Node, method: string, path: string, body?: unknown) => sendTo(to.url, method, path, { body })
    const made = await send(first, 'POST', '/api/v1/admin/organizations', { slug: 'acme', zone: 'UTC' })
    assert.equal(made.status, 201, made.text)
    const admin = '/orgs/acme/api/v1/admin'
    const hook = await send(first, 'POST', `${admin}/webhooks`, { url: `${receiver.url}/`, events: ['token.revoked'] })
    assert.equal(hook.status, 201, hook.text)
    const second = await node(env)
    nodes.push(second)

    // Slowly enough that the kill finds some sent, some on the wire and some not begun.
    receiver.behave = () => (Math.random() < 0.2 ? answers(500) : answers(204))
    const acknowledged: string[] = []
    const revoke = async (to: Node, jti: string): Promise<void> => {
      const done = await send(to, 'POST', `${admin}/revocations`, { jti }).catch(() => null)
      if (done?.status === 202) acknowledged.push(jti)
    }
    for (let i = 0; i < 20; i++) await revoke(first, `before-${i}`)
    await until(() => receiver.got.length > 0, 'the first arrives')
    const holder = async () =>
      (await sql(database, "select holder from lumoauth.outlets where id like 'webhook:%'"))[0]?.holder as string
    const held = await holder()
    const dying = nodes.find(one => held.includes(` ${one.process.pid} `))
    assert.ok(dying !== undefined, held)
    const living = nodes.find(one => one !== dying)
    assert.ok(living !== undefined)
    const during = Array.from({ length: 20 }, (_, i) => revoke(dying, `during-${i}`))
    await Promise.race(during)
    dying.process.kill('SIGKILL')
    await Promise.all(during)
    for (let i = 0; i < 10; i++) await revoke(living, `after-${i}`)

    const told = () => new Set(receiver.got.map(({ json }) => String(json.data.target).slice('token:'.length)))
    await until(() => acknowledged.every(jti => told().has(jti)), 'all that was acknowledged is told')
    assert.ok(acknowledged.length >= 30)
    assert.notEqual(await holder(), held)
    const rows = await sql(database, 'select org, event, count(*) as n from lumoauth.deliveries group by 1, 2')
    assert.ok(
      rows.every(row => Number(row.n) === 1),
      'each event is one delivery, however often it was sent',
    )
    const again = await node(env)
    nodes.push(again)
    living.process.kill('SIGKILL')
    await once(living.process, 'exit')
    await revoke(again, 'last')
    await until(() => told().has('last'), 'a node that was started later goes on')
  })
})
