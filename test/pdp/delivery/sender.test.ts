import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/adapters/store.ts'
import type { DeliveryStore } from '../../../src/facts/deliveries.ts'
import type { Store } from '../../../src/facts/store.ts'
import type { Outcome } from '../../../src/pdp/delivery/port.ts'
import type { Sender } from '../../../src/pdp/delivery/sender.ts'
import { until } from '../../support/receiver.ts'
import { NO, OK, SOON, scripted } from './bench.ts'

let store: Store
const running: Sender[] = []
before(async () => {
  store = await openStore({ kind: 'memory' })
  await store.createOrg({ slug: 'acme', name: 'Acme', zone: 'UTC' })
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(sender => sender.close()))
  for (const { id } of await store.outlets('acme')) await store.closeOutlet('acme', id)
})
after(() => store.close())

const many = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => `e${from + i}`)
const states = async (id: string) => {
  const { page } = await store.deliveries('acme', id, { state: null, limit: 1_000, offset: 0 })
  return page.map(({ event, state }) => `${event} ${state}`).sort()
}

/** A script with its outlets and one node. */
async function begun(outlets: readonly string[], prepare: (it: ReturnType<typeof scripted>) => void = () => undefined) {
  const it = scripted()
  prepare(it)
  for (const outlet of outlets) await store.openOutlet('acme', outlet, 0)
  running.push(it.start('one', store))
  return it
}

describe('an outlet gets what happened', () => {
  test('all of it, once, in order, what is for others left out, and what comes later as it comes', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push(...many(450), ...Array.from({ length: 700 }, () => '-other'), 'last')
    })
    await until(() => it.to('test:a').includes('last'), 'the last of what there was')
    assert.deepEqual(it.to('test:a'), [...many(450), 'last'])
    it.events.push('-other', 'new')
    it.wakeAll()
    await until(() => it.to('test:a').includes('new'), 'what came later')
    assert.equal(it.to('test:a').length, 452)
    await until(async () => (await states('test:a')).every(one => one.endsWith('delivered')), 'all is told')
  })

  test('one that fails is passed by those behind it, and sent again until it arrives', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push(...many(5))
      const left = new Map([['e2', 2]])
      script.answer = ({ event }) => {
        const failing = left.get(event) ?? 0
        left.set(event, failing - 1)
        return failing > 0 ? NO : OK
      }
    })
    await until(() => it.to('test:a').length === 7, 'seven attempts')
    assert.deepEqual(it.to('test:a').slice(0, 3), ['e1', 'e2', 'e3'])
    assert.equal(it.to('test:a').filter(event => event === 'e2').length, 3)
    await until(async () => (await states('test:a')).every(one => one.endsWith('delivered')), 'all arrived')
  })

  test('with a window of one nothing passes', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push(...many(3))
      script.target.schedule = { ...SOON, window: 1 }
      let failing = 2
      script.answer = ({ event }) => (event === 'e1' && failing-- > 0 ? NO : OK)
    })
    await until(() => it.to('test:a').includes('e3'), 'the third')
    assert.deepEqual(it.to('test:a'), ['e1', 'e1', 'e1', 'e2', 'e3'])
  })

  test('what never arrives is given up after its attempts, counted, and sent anew when asked for', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push('e1', 'e2')
      script.answer = () => NO
    })
    await until(() => it.lost.length === 2, 'both are given up')
    assert.deepEqual(it.lost.sort(), ['e1 1', 'e2 2'])
    assert.equal(it.to('test:a').length, 6)
    assert.deepEqual(await states('test:a'), ['e1 dead', 'e2 dead'])
    it.answer = () => OK
    assert.equal(
      await store.replay('acme', 'test:a', { kind: 'since', from: 0, state: 'dead', most: 10 }, Date.now()),
      2,
    )
    it.wakeAll()
    await until(async () => (await states('test:a')).every(one => one.endsWith('delivered')), 'both arrived')
    assert.deepEqual(it.to('test:a').slice(6), ['e1', 'e2'])
    assert.equal((await store.outlets('acme'))[0]?.failures, 0)
  })

  test('a final answer is the last attempt; what was held up by us is no attempt', async () => {
    let busy = 3
    const it = await begun(['test:a'], script => {
      script.events.push('e1', 'e2')
      script.answer = ({ event }): Outcome => {
        if (event === 'e2') return busy-- > 0 ? { kind: 'held_up' } : OK
        return { kind: 'failed', status: 410, error: 'gone', final: true }
      }
    })
    await until(async () => (await states('test:a')).filter(one => !one.endsWith('waiting')).length === 2, 'both ended')
    assert.deepEqual(await states('test:a'), ['e1 dead', 'e2 delivered'])
    assert.equal(it.to('test:a').filter(event => event === 'e1').length, 1)
    const { page } = await store.deliveries('acme', 'test:a', { state: 'delivered', limit: 1, offset: 0 })
    assert.equal(page[0]?.attempts, 1)
  })

  test('an outlet that hangs delays no other', async () => {
    const hanging = Promise.withResolvers<Outcome>()
    const it = await begun(['test:a', 'test:b'], script => {
      script.events.push(...many(20))
      script.answer = (_, outlet) => (outlet === 'test:a' ? hanging.promise : OK)
    })
    await until(() => it.to('test:b').length === 20, 'all of the other')
    assert.deepEqual(it.to('test:a'), ['e1'])
    hanging.resolve(OK)
    await until(() => it.to('test:a').length === 20, 'all of it')
    assert.deepEqual(it.to('test:a'), many(20))
  })

  test('no more are on the wire than may be', async () => {
    let now = 0
    let most = 0
    const it = await begun(['test:a'], script => {
      script.events.push(...many(40))
      script.target.schedule = { ...SOON, inFlight: 4 }
      script.answer = async () => {
        now += 1
        most = Math.max(most, now)
        await sleep(5)
        now -= 1
        return OK
      }
    })
    await until(async () => (await states('test:a')).filter(one => one.endsWith('delivered')).length === 40, 'all')
    assert.equal(most, 4)
    assert.equal(it.to('test:a').length, 40)
  })

  test('one that fails each time is left alone for a while', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push(...many(50))
      script.target.schedule = { ...SOON, restAfter: 3, longestRest: 600_000 }
      script.answer = () => NO
    })
    await until(() => it.to('test:a').length === 3, 'three attempts')
    await sleep(200)
    assert.equal(it.to('test:a').length, 3)
  })

  test('while it is off, or gone, nothing is sent and nothing lost', async () => {
    const it = await begun(['test:a'], script => {
      script.events.push('e1')
      script.target.on = false
    })
    await sleep(100)
    assert.deepEqual(it.sent, [])
    it.target.there = false
    it.wakeAll()
    await sleep(100)
    assert.equal((await store.outlets('acme'))[0]?.cursor, 0)
    Object.assign(it.target, { on: true, there: true })
    it.wakeAll()
    await until(() => it.to('test:a').length === 1, 'it goes on')
  })
})

describe('two nodes', () => {
  test('one sends; when it falls silent the other goes on from there, and nothing is lost', async () => {
    const it = scripted()
    it.events.push(...many(30))
    await store.openOutlet('acme', 'test:a', 0)
    let cut = false
    const first = it.start(
      'one',
      cutOff(store, () => cut),
      { leaseMs: 600 },
    )
    await until(() => first.held === 1, 'the first holds it')
    running.push(it.start('two', store, { leaseMs: 600 }))
    await until(() => it.to('test:a').length === 30, 'all is sent')
    assert.deepEqual(new Set(it.sent.map(one => one.node)), new Set(['one']))
    cut = true
    it.events.push(...many(30, 31))
    await until(async () => {
      it.wakeAll()
      return (await states('test:a')).filter(one => one.endsWith('delivered')).length === 60
    }, 'the other delivered the rest')
    const by = (node: string) => it.sent.filter(one => one.node === node).map(one => one.event)
    assert.deepEqual(by('one'), many(30))
    assert.deepEqual([...new Set(by('two').filter(event => Number(event.slice(1)) > 30))], many(30, 31))
    await first.close()
  })

  test('one that ends lets go at once', async () => {
    const it = scripted()
    await store.openOutlet('acme', 'test:a', 0)
    const first = it.start('one', store, { leaseMs: 600_000 })
    await until(() => first.held === 1, 'the first holds it')
    const second = it.start('two', store, { leaseMs: 600_000 })
    running.push(second)
    await first.close()
    await until(() => second.held === 1, 'the second holds it')
  })
})

/** The store as a node sees it whose connection may be lost. */
const cutOff = (whole: DeliveryStore, isCut: () => boolean): DeliveryStore =>
  new Proxy(whole, {
    get(target, name) {
      const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return (...args: unknown[]) => (isCut() ? Promise.reject(new Error('cut off')) : call.apply(target, args))
    },
  })
