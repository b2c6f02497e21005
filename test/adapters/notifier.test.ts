import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createMemoryNotifier } from '../../src/adapters/notifier-memory.ts'
import { openPostgresNotifier } from '../../src/adapters/notifier-postgres.ts'
import { openRedisNotifier } from '../../src/adapters/notifier-redis.ts'
import { CHANNEL, createRelay, decode, encode } from '../../src/adapters/notifier-relay.ts'
import type { Notifier } from '../../src/facts/store.ts'
import { sql } from '../support/database.ts'
import { freePort, type Running, type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'

const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
after(() => Promise.all([postgres, redis].map(service => (service as Partial<Running>).stop?.())))
const urlOf = (service: Service): string => (service.kind === 'running' ? service.url : '')

/** Collects what a notifier hears. */
function ear(notifier: Notifier) {
  const heard: string[] = []
  notifier.listen((org, revision) => heard.push(`${org}@${revision}`))
  return {
    heard,
    async hears(news: string): Promise<void> {
      for (const until = Date.now() + 10_000; !heard.includes(news); ) {
        assert.ok(Date.now() < until, `\`${news}\` was not heard, only ${heard}`)
        await sleep(5)
      }
    },
  }
}

async function speaks(from: Notifier, to: Notifier): Promise<void> {
  const { heard, hears } = ear(to)
  to.listen(() => {
    throw new Error('a listener that throws')
  })
  const odd = `o'org "x" \\ 日本`
  from.announce('acme', 7)
  from.announce(odd, 1)
  await hears('acme@7')
  await hears(`${odd}@1`)
  for (let revision = 8; revision <= 500; revision += 1) from.announce('acme', revision)
  await hears('acme@500')
  const numbers = heard.filter(news => news.startsWith('acme@')).map(news => Number(news.slice(5)))
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  )
}

describe('messages between nodes', () => {
  test('what is encoded is decoded; anything else is nothing', () => {
    assert.deepEqual(decode(encode('a b', 12)), { org: 'a b', revision: 12 })
    for (const odd of [
      '',
      'x',
      '12',
      '12 ',
      '-1 a',
      '1.5 a',
      '99999999999999999 a',
      `1 ${'a'.repeat(300)}`,
      null,
      5,
      {},
    ]) {
      assert.equal(decode(odd), null)
    }
  })

  test('only the newest revision of an org waits, and a failed sending is tried again', async () => {
    const sent: string[][] = []
    let up = false
    const relay = createRelay(async messages => {
      await sleep(1)
      if (!up) throw new Error('down')
      sent.push([...messages])
    })
    for (const revision of [1, 2, 3]) relay.announce('a', revision)
    relay.announce('b', 9)
    await sleep(20)
    relay.announce('a', 2)
    await sleep(20)
    up = true
    relay.resume()
    await sleep(20)
    assert.deepEqual(sent.flat().sort(), ['3 a', '9 b'])
    relay.close()
    relay.announce('a', 10)
    await sleep(20)
    assert.equal(sent.flat().length, 2)
  })

  test('in one process', async () => {
    const notifier = createMemoryNotifier()
    await speaks(notifier, notifier)
    await notifier.close()
    notifier.announce('acme', 501)
  })
})

describe('over postgresql', { skip: skipWithout(postgres) }, () => {
  test('one node hears another, and strange messages are passed over', async () => {
    const [one, two] = await Promise.all([openPostgresNotifier(urlOf(postgres)), openPostgresNotifier(urlOf(postgres))])
    await sql(urlOf(postgres), `notify ${CHANNEL}, 'nonsense'`, `notify ${CHANNEL}`)
    await speaks(one, two)
    await Promise.all([one.close(), two.close()])
  })

  test('comes back by itself after its connection is cut, with what was said meanwhile', async () => {
    const [one, two] = await Promise.all([openPostgresNotifier(urlOf(postgres)), openPostgresNotifier(urlOf(postgres))])
    const { hears } = ear(two)
    await sql(urlOf(postgres), 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
    await sleep(20)
    one.announce('acme', 1)
    for (let revision = 2; revision < 40; revision += 1) {
      one.announce('acme', revision)
      await sleep(25)
    }
    await hears('acme@39')
    await Promise.all([one.close(), two.close()])
  })

  test('a server that is not there disturbs nobody', async () => {
    const notifier = await openPostgresNotifier(`postgres://a:b@127.0.0.1:${await freePort()}/x`)
    notifier.announce('acme', 1)
    await sleep(50)
    await notifier.close()
  })
})

describe('over redis', { skip: skipWithout(redis) }, () => {
  test('one node hears another, and strange messages are passed over', async () => {
    const [one, two] = await Promise.all([openRedisNotifier(urlOf(redis)), openRedisNotifier(urlOf(redis))])
    const stranger = new Redis(urlOf(redis))
    for (const nonsense of ['nonsense', '', '-1 a']) await stranger.publish(CHANNEL, nonsense)
    stranger.disconnect()
    await speaks(one, two)
    await Promise.all([one.close(), two.close()])
  })

  test('a server that was not there, came, went and came again', async () => {
    const port = await freePort()
    const url = `redis://127.0.0.1:${port}`
    const [one, two] = await Promise.all([openRedisNotifier(url), openRedisNotifier(url)])
    const { hears } = ear(two)
    one.announce('acme', 1)
    for (const revision of [2, 3]) {
      const server = (await startRedis(port)) as Running
      const until = Date.now() + 10_000
      for (let heard = false; !heard; ) {
        assert.ok(Date.now() < until)
        one.announce(`acme-${Date.now()}`, revision)
        one.announce('acme', revision)
        heard = await Promise.race([hears(`acme@${revision}`).then(() => true), sleep(200).then(() => false)])
        if (!heard) one.announce('again', revision)
      }
      await server.stop()
      await sleep(20)
    }
    await Promise.all([one.close(), two.close()])
  })
})
