import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openTracer, type TracerWriter, type TracingOptions } from '../../src/adapters/tracer.ts'
import { answers, type Receiver, startReceiver, until } from '../support/receiver.ts'
import { spansAt } from '../support/traces.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const parentWith = (flags: string): string => `00-${TRACE}-${PARENT}-${flags}`

describe('the tracer', () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  const open = (more: Partial<TracingOptions> = {}): TracerWriter =>
    openTracer({
      ...{
        endpoint: `${receiver.url}/`,
        headers: {},
        service: 'checks',
        version: '1.2.3',
        closeMs: 10_000,
        timeoutMs: 800,
      },
      sampling: { sampler: 'always_on', ratio: 1 },
      ...more,
    })

  for (const [sampler, ratio, header, expected] of [
    ['parentbased_always_on', 1, undefined, true],
    ['parentbased_always_on', 1, parentWith('00'), false],
    ['parentbased_always_off', 1, undefined, false],
    ['parentbased_always_off', 1, parentWith('01'), true],
    ['always_on', 0, parentWith('00'), true],
    ['always_off', 1, parentWith('01'), false],
    ['traceidratio', 0, parentWith('01'), false],
    ['traceidratio', 0.0001, parentWith('01'), false],
    ['traceidratio', 1, parentWith('00'), true],
    ['traceidratio', 1, undefined, true],
    ['parentbased_traceidratio', 0, undefined, false],
    ['parentbased_traceidratio', 0, parentWith('01'), true],
    ['parentbased_traceidratio', 1, undefined, true],
    ['parentbased_traceidratio', 1, parentWith('00'), false],
    ['parentbased_traceidratio', 1, '00-not-a-parent-00', true],
  ] as const) {
    test(`${sampler} at ${ratio}, called ${header === undefined ? 'without a trace' : `with ${header}`}`, async () => {
      const tracer = open({ sampling: { sampler, ratio } })
      const span = tracer.request(header, undefined)
      assert.equal(span !== null, expected)
      span?.end()
      await tracer.close()
      assert.equal(spansAt(receiver).length, expected ? 1 : 0)
    })
  }

  test('about the wanted part of what begins here is traced', async () => {
    const tracer = open({ sampling: { sampler: 'parentbased_traceidratio', ratio: 0.25 } })
    let traced = 0
    for (let i = 0; i < 4_000; i++) if (tracer.request(undefined, undefined) !== null) traced++
    await tracer.close()
    assert.ok(traced > 800 && traced < 1_200, String(traced))
  })

  test('what waits is delivered at the end, with all it says, and none after', async () => {
    const tracer = open({ intervalMs: 60_000 })
    const span = tracer.request(parentWith('01'), 'a=1')
    assert.ok(span !== null)
    span.name('POST /x')
    span.set('list', ['a', 'b'])
    span.set('long', 'x'.repeat(10_000))
    const child = span.child('decide')
    child.fail('unavailable')
    child.end()
    span.end()
    await tracer.close()
    const [inner, outer] = spansAt(receiver)
    assert.ok(inner !== undefined && outer !== undefined)
    assert.deepEqual([inner.name, inner.status, inner.attributes], ['decide', 2, { 'error.type': 'unavailable' }])
    assert.deepEqual([inner.traceId, inner.parentSpanId], [TRACE, outer.spanId])
    assert.deepEqual(
      [outer.name, outer.parentSpanId, outer.traceState, outer.service],
      ['POST /x', PARENT, 'a=1', 'checks'],
    )
    assert.deepEqual(outer.attributes.list, ['a', 'b'])
    assert.equal(String(outer.attributes.long).length, 256)
    tracer.request(undefined, undefined)?.end()
    assert.equal(spansAt(receiver).length, 2)
  })

  for (const [what, behaviour] of [
    ['hangs', { kind: 'hang' }],
    ['drips', { kind: 'drip' }],
    ['breaks off', { kind: 'break' }],
    ['answers without end', { kind: 'flood' }],
    ['is overloaded', answers(503, { 'retry-after': '1' })],
    ['refuses', answers(401)],
  ] as const) {
    test(`a receiver that ${what} holds up neither spans nor the end, and does not fill the memory`, async () => {
      receiver.behave = () => behaviour
      const tracer = open({ intervalMs: 5, closeMs: 500 })
      for (let i = 0; i < 30_000; i++) {
        const span = tracer.request(undefined, undefined)
        span?.set('n', i)
        span?.end()
        if (i % 10_000 === 0) await new Promise(resolve => setTimeout(resolve, 10))
      }
      await until(() => receiver.got.length > 0, 'something is delivered')
      const closing = performance.now()
      await tracer.close()
      assert.ok(performance.now() - closing < 5_000)
      assert.ok(spansAt(receiver).length < 30_000)
    })
  }

  test('more spans than one delivery takes are all delivered at the end', async () => {
    const tracer = open({ intervalMs: 60_000 })
    for (let i = 0; i < 3_000; i++) tracer.request(undefined, undefined)?.end()
    await tracer.close()
    assert.equal(spansAt(receiver).length, 3_000)
  })

  test('spans of a request go by one clock, and end when they are told to, once', async () => {
    const tracer = open()
    const span = tracer.request(undefined, undefined)
    const child = span?.child('decide')
    const before = Date.now()
    await new Promise(resolve => setTimeout(resolve, 20))
    child?.end()
    child?.end()
    span?.end()
    await tracer.close()
    const [inner, outer, ...more] = spansAt(receiver)
    assert.ok(inner !== undefined && outer !== undefined && more.length === 0)
    assert.ok(inner.took >= 19_000_000n && outer.took >= inner.took, `${inner.took} ${outer.took}`)
    const end = Number(BigInt(outer.start) + outer.took) / 1e6
    assert.ok(end >= before + 19 && end <= Date.now() + 1, `${end}`)
  })

  test('a thread that cannot deliver is told of, and neither a request nor the end waits for it', async () => {
    let told: Error | null = null
    const tracer = open({
      endpoint: 'nowhere at all',
      lost(error) {
        told = error
      },
    })
    await until(() => told !== null, 'it is told of')
    tracer.request(undefined, undefined)?.end()
    await tracer.close()
  })

  test('a receiver that is not there is told of by nothing but the absence of spans', async () => {
    const tracer = open({ endpoint: 'http://127.0.0.1:1' })
    tracer.request(undefined, undefined)?.end()
    await tracer.close()
  })
})
