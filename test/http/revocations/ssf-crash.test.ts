import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { JSONWebKeySet } from 'jose'
import { sendTo } from '../../support/app.ts'
import { newDatabase } from '../../support/database.ts'
import { type Node, node } from '../../support/processes.ts'
import { answers, startReceiver, until } from '../../support/receiver.ts'
import { type Running, skipWithout, startPostgres } from '../../support/services.ts'
import { MINE, PUSH, verifySet } from '../../support/ssf.ts'

const postgres = await startPostgres()

describe('security events of nodes that are killed', { skip: skipWithout(postgres) }, () => {
  test('what was acknowledged is pushed, in order, by whoever is left', async t => {
    const receiver = await startReceiver()
    const env = {
      DATABASE_URL: await newDatabase((postgres as Running).url),
      LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
      PUBLIC_URL: 'http://auth.example.test',
      FETCH_ALLOW: receiver.host,
      DELIVERY_LEASE_MS: '1500',
    }
    const nodes: Node[] = [await node(env)]
    t.after(async () => {
      for (const one of nodes) one.process.kill('SIGKILL')
      await Promise.all(nodes.map(one => one.process.exitCode ?? one.process.signalCode ?? once(one.process, 'exit')))
      await receiver.close()
      await (postgres as Running).stop()
    })
    const [first] = nodes as [Node]
    const send = (to: Node, method: string, path: string, body?: unknown) => sendTo(to.url, method, path, { body })
    assert.equal((await send(first, 'POST', '/api/v1/admin/organizations', { slug: 'acme', zone: 'UTC' })).status, 201)
    const base = '/orgs/acme/api/v1'
    const delivery = { method: PUSH, endpoint_url: `${receiver.url}/sets` }
    const made = await send(first, 'POST', `${base}/ssf/stream`, { audience: MINE, delivery })
    assert.equal(made.status, 201, made.text)

    const acknowledged: string[] = []
    const revoke = async (to: Node, jti: string): Promise<void> => {
      const done = await send(to, 'POST', `${base}/admin/revocations`, { jti }).catch(() => null)
      if (done?.status === 202) acknowledged.push(jti)
    }
    // Nothing arrives before the node is gone: all of it was committed, and none of it told.
    receiver.behave = () => answers(500)
    for (let i = 0; i < 5; i += 1) await revoke(first, `committed-${i}`)
    first.process.kill('SIGKILL')
    receiver.behave = () => answers(202)
    const [second, third] = [await node(env), await node(env)]
    nodes.push(second, third)
    for (let i = 0; i < 5; i += 1) await revoke(i % 2 === 0 ? second : third, `after-${i}`)

    const jwks = (await sendTo(second.url, 'GET', `${base}/.well-known/jwks.json`, { key: null })).json as JSONWebKeySet
    const arrived = async (): Promise<string[]> => {
      const sets = await Promise.all(
        receiver.to('/sets').map(({ body }) => verifySet(jwks, `http://auth.example.test${base}`, body)),
      )
      const seen = new Set(sets.map(({ jti }) => jti))
      const firsts = sets.filter(({ jti }) => seen.delete(jti))
      return firsts.map(set => (set.sub_id as { jti: string }).jti)
    }
    await until(async () => new Set(await arrived()).size >= 10, 'all of it arrives')
    assert.deepEqual(await arrived(), acknowledged)
    assert.equal(acknowledged.length, 10)

    // The one that sends is killed while it sends.
    const during = Array.from({ length: 10 }, (_, i) => revoke(second, `during-${i}`))
    await Promise.race(during)
    third.process.kill('SIGKILL')
    await Promise.all(during)
    second.process.kill('SIGKILL')
    const fourth = await node(env)
    nodes.push(fourth)
    await until(async () => {
      const all = new Set(await arrived())
      return acknowledged.every(jti => all.has(jti))
    }, 'and the rest')
  })
})
