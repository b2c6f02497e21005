import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RelationServer, ServerError } from '../../src/facts/server.ts'
import { createServerMemo } from '../../src/facts/server-memo.ts'
import { namedOn } from '../../src/facts/server-names.ts'
import { createFlights } from '../../src/lib/flights.ts'
import type { RelationQuestion } from '../../src/policy/question.ts'
import { parseModel } from '../../src/relations/model.ts'
import { entity } from '../relations/harness.ts'

const MANY = 50
const many = <T>(work: () => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(Array.from({ length: MANY }, work))

describe('work that many want at once', () => {
  test('is done once, and anew once it has ended', async () => {
    const flights = createFlights<number>()
    let begun = 0
    const work = async (): Promise<number> => {
      begun += 1
      await Promise.resolve()
      return begun
    }
    await many(() => flights.share('a', work))
    await flights.share('a', work)
    await Promise.all([flights.share('a', work), flights.share('b', work)])
    assert.equal(begun, 4)
  })

  test('that fails fails for those who waited, and for nobody after them', async () => {
    const flights = createFlights<string>()
    let begun = 0
    const fails = async (): Promise<string> => {
      begun += 1
      await Promise.resolve()
      throw new Error('away')
    }
    assert.ok((await many(() => flights.share('a', fails))).every(({ status }) => status === 'rejected'))
    assert.equal(await flights.share('a', async () => 'well'), 'well')
    assert.equal(begun, 1)
  })

  test('goes on for the others when one stops waiting', async () => {
    const flights = createFlights<string>()
    const gate = Promise.withResolvers<void>()
    const work = async (): Promise<string> => {
      await gate.promise
      return 'well'
    }
    const impatient = Promise.race([flights.share('a', work), Promise.resolve('gone')])
    const patient = flights.share('a', work)
    assert.equal(await impatient, 'gone')
    gate.resolve()
    assert.equal(await patient, 'well')
  })
})

const parsed = parseModel(`model
  schema 1.1
type user
type document
  relations
    define viewer: [user]
`)
if (!parsed.ok) throw new Error('the model is one')
const { model } = parsed
const question: RelationQuestion = {
  kind: 'relation',
  object: entity('document:1'),
  relation: 'viewer',
  user: { kind: 'entity', entity: entity('user:ann') },
}

/** A server of which only the number of its calls matters, and whether they fail. Whatever is asked waits a turn. */
function counting() {
  const seen = { checks: 0, reads: 0, down: false, yes: true }
  const answer = async <T>(what: T): Promise<T> => {
    await new Promise(resolve => setImmediate(resolve))
    if (seen.down) throw new ServerError('unavailable', 'it does not answer')
    return what
  }
  const server = {
    name: 'counting',
    check: () => {
      seen.checks += 1
      return answer(seen.yes)
    },
    read: () => {
      seen.reads += 1
      return answer({ tuples: [{ object: 'document:1', relation: 'viewer', user: 'user:ann' }], nextToken: '' })
    },
  } as unknown as RelationServer
  const sea = { tide: 0 }
  const tide = (): number => sea.tide
  const ask = async (trusted = true): Promise<string> => {
    const place = { storeId: 's', modelId: 'm' }
    const memo = createServerMemo({ server, place, model, tide, trusted, prove: false })
    memo.away.answer(question, () => undefined)
    await memo.fetch()
    const found = memo.away.answer(question, () => undefined)
    return found?.kind === 'truth' ? found.truth : 'nothing'
  }
  return { seen, sea, tide, ask, server }
}

describe('what is asked of a relations server', () => {
  test('by many calls at once is asked once', async () => {
    const { seen, ask } = counting()
    const all = await many(() => ask())
    assert.deepEqual(new Set(all.map(one => one.status === 'fulfilled' && one.value)), new Set(['yes']))
    assert.equal(seen.checks, 1)
    await ask()
    assert.equal(seen.checks, 2)
  })

  test('is asked anew by whoever comes after a write', async () => {
    const { seen, sea, ask } = counting()
    const before = ask()
    seen.yes = false
    sea.tide += 1
    assert.equal(await ask(), 'no')
    assert.equal(await before, 'yes')
    assert.equal(seen.checks, 2)
  })

  test('is shared with nobody who may use nothing that was worked out before', async () => {
    const { seen, ask } = counting()
    await many(() => ask(false))
    assert.equal(seen.checks, MANY)
  })

  test('and not answered is unknown to those who waited, and asked again by the next', async () => {
    const { seen, ask } = counting()
    seen.down = true
    const all = await many(() => ask())
    assert.deepEqual(new Set(all.map(one => one.status === 'fulfilled' && one.value)), new Set(['unknown']))
    assert.equal(seen.checks, 1)
    seen.down = false
    assert.equal(await ask(), 'yes')
  })

  test('names of a store: once for all, once more after a write, and again after a failure', async () => {
    const { seen, sea, tide, server } = counting()
    const names = () => namedOn(server, 's', tide, 'user')
    await many(names)
    assert.equal(seen.reads, 1)
    sea.tide += 1
    await many(names)
    assert.equal(seen.reads, 2)
    sea.tide += 1
    seen.down = true
    assert.ok((await many(names)).every(({ status }) => status === 'rejected'))
    assert.equal(seen.reads, 3)
    seen.down = false
    assert.deepEqual(await names(), ['ann'])
    assert.equal(seen.reads, 4)
  })
})
