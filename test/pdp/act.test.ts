import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Ledger } from '../../src/facts/ledger.ts'
import type { Acted } from '../../src/pdp/act.ts'
import type { PdpError } from '../../src/pdp/errors.ts'
import { explainNow, renderTrace } from '../../src/pdp/explain.ts'
import { recordOf } from '../../src/pdp/record.ts'
import { redecideRecorded } from '../../src/pdp/redecide.ts'
import type { Decision } from '../../src/policy/decision.ts'
import { createMemoryLedger } from '../support/ledger-memory.ts'
import { type Limited, limitedNode, requestOf, START } from '../support/limited.ts'

const MODEL = `model
  schema 1.1
type user
type document
type report
type payment
`
const POLICY = `
A payment has an amount in USD.
Users can read documents at most 5 times per hour.
Users can read documents on weekends.
Users can pay payments up to $50 per month.
Users can view reports.
`

const HOUR = 3_600_000

/** Answers only when asked a turn later, and may be made to know nothing or to fail. */
function distant(inner: Ledger): Ledger & { fails: boolean; fetched: number } {
  const far = {
    ...inner,
    fails: false,
    fetched: 0,
    known: () => undefined,
    async fetch(...args: Parameters<Ledger['fetch']>) {
      far.fetched += 1
      if (far.fails) throw new Error('away')
      return inner.fetch(...args)
    },
    async spend(...args: Parameters<Ledger['spend']>) {
      if (far.fails) throw new Error('away')
      return inner.spend(...args)
    },
  }
  return far
}

for (const [where, isFar] of [
  ['at hand', false],
  ['away', true],
] as const) {
  describe(`acting with a ledger ${where}`, () => {
    let node: Limited
    let far: ReturnType<typeof distant>
    before(async () => {
      far = distant(createMemoryLedger())
      node = await limitedNode(MODEL, POLICY, isFar ? far : undefined)
    })
    after(() => node.close())
    beforeEach(() => {
      node.clock.now = Math.max(node.clock.now, START) + 31 * 24 * HOUR
      while (new Date(node.clock.now).getUTCDay() !== 1) node.clock.now += 24 * HOUR
    })

    const act = async (sentence: string, context = {}, id: string | null = null): Promise<Acted> =>
      node.service.act(await node.state(), requestOf(node, sentence, context), { id, until: null })
    const ask = async (sentence: string, context = {}): Promise<Decision> =>
      node.service.decide(await node.state(), requestOf(node, sentence, context))

    test('asking takes nothing, acting takes once, and the cap is the cap', async () => {
      for (let i = 0; i < 9; i++) assert.equal((await ask('user:alice read document:1')).effect, 'allow')
      for (let i = 0; i < 5; i++) {
        const { decision, spent } = await act('user:alice read document:1')
        assert.equal(decision.effect, 'allow')
        assert.equal(spent?.charges[0]?.amount, 1)
      }
      const { decision, spent } = await act('user:alice read document:1')
      assert.equal(decision.effect, 'deny')
      assert.equal(spent, null)
      assert.equal(decision.over?.[0]?.used, 5)
      assert.equal((await ask('user:alice read document:2')).effect, 'deny')
      assert.equal((await ask('user:bob read document:1')).effect, 'allow')
    })

    test('the clock begins the period anew', async () => {
      for (let i = 0; i < 5; i++) await act('user:alice read document:1')
      assert.equal((await act('user:alice read document:1')).decision.effect, 'deny')
      node.clock.now = Math.floor(node.clock.now / HOUR) * HOUR + HOUR - 1
      assert.equal((await act('user:alice read document:1')).decision.effect, 'deny')
      node.clock.now += 1
      assert.equal((await act('user:alice read document:1')).decision.effect, 'allow')
    })

    test('what others took meanwhile is known: it is decided again', async () => {
      const acts = await Promise.all(Array.from({ length: 40 }, () => act('user:carol read document:1')))
      assert.equal(acts.filter(a => a.decision.effect === 'allow').length, 5)
      assert.equal(acts.filter(a => a.spent !== null).length, 5)
      for (const { decision } of acts) assert.ok(decision.effect === 'allow' || decision.over?.[0]?.used === 5)
    })

    test('what costs nothing by another rule is not counted', async () => {
      node.clock.now += 5 * 24 * HOUR
      for (let i = 0; i < 9; i++) {
        const { decision, spent } = await act('user:alice read document:1')
        assert.equal(`${decision.effect} ${spent}`, 'allow null')
      }
    })

    test('the same act sent again counts once, also when its limit is used up by it', async () => {
      const pay = (id: string, amount: number) => act('user:alice pay payment:1', { amount }, id)
      const properties = async (id: string, amount: number): Promise<Acted> =>
        node.service.act(
          await node.state(),
          {
            ...requestOf(node, 'user:alice pay payment:1'),
            resource: { type: 'payment', id: '1', properties: { amount } },
          },
          { id, until: null },
        )
      assert.equal((await pay('x0', 50)).decision.effect, 'deny')
      const first = await properties('p1', 50)
      const again = await properties('p1', 50)
      assert.equal(first.decision.effect, 'allow')
      assert.equal(again.decision.effect, 'allow')
      assert.deepEqual(again.spent, first.spent)
      assert.equal((await properties('p2', 1)).decision.effect, 'deny')
      await assert.rejects(properties('p1', 49), (e: PdpError) => e.code === 'idempotency_conflict')
    })

    test('a decision with meters is replayed from its record', async () => {
      for (let i = 0; i < 6; i++) await act('user:dave read document:1')
      const state = await node.state()
      for (const row of node.rows.slice(-6)) {
        const { request, decision, facts } = recordOf(JSON.parse(JSON.stringify(row)))
        const again = redecideRecorded(state.set, request, facts, state.model?.model ?? null)
        assert.equal(again?.effect, decision.effect)
        assert.deepEqual(JSON.parse(JSON.stringify(again?.missing)), JSON.parse(JSON.stringify(decision.missing)))
      }
      assert.equal(node.rows.at(-1)?.effect, 'deny')
    })

    test('what needs no limit waits for nothing', async () => {
      const before = far.fetched
      const state = await node.state()
      const acted = node.service.act(state, requestOf(node, 'user:alice view report:1'), { id: null, until: null })
      assert.ok(!(acted instanceof Promise) && acted.decision.effect === 'allow')
      assert.equal(far.fetched, before)
    })
  })
}

describe('a ledger that cannot be asked', () => {
  test('denies whatever it limits, and says so', async () => {
    const far = distant(createMemoryLedger())
    const node = await limitedNode(MODEL, POLICY, far)
    far.fails = true
    const asked = requestOf(node, 'user:alice read document:1')
    const decision = await node.service.decide(await node.state(), asked)
    const { decision: acted } = await node.service.act(await node.state(), asked, { id: null, until: null })
    for (const { effect, missing, over } of [decision, acted]) {
      assert.equal(effect, 'deny')
      assert.match(missing.map(m => m.text).join(), /is not known: what is used of it is not known/)
      assert.equal(over, undefined)
    }
    assert.match(renderTrace(explainNow(await node.state(), asked)), /is not known/)
    await node.close()
  })

  test('denies what it can answer but not take', async () => {
    const inner = createMemoryLedger()
    const node = await limitedNode(MODEL, POLICY, {
      ...inner,
      spend: () => Promise.reject(new Error('away')),
    })
    const asked = requestOf(node, 'user:alice read document:1')
    assert.equal((await node.service.decide(await node.state(), asked)).effect, 'allow')
    const { decision, spent } = await node.service.act(await node.state(), asked, { id: null, until: null })
    assert.equal(`${decision.effect} ${spent}`, 'deny null')
    await node.close()
  })
})
