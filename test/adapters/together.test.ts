import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTogether, type Outcome } from '../../src/adapters/sql/together.ts'

type Run = (key: string, wishes: readonly number[]) => Promise<readonly Outcome<number>[]>

const kept = (wishes: readonly number[]): readonly Outcome<number>[] => wishes.map(value => ({ value }))
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

function together(run: Run, mayRetry = true) {
  const runs: string[] = []
  const wish = createTogether<number, number>(
    async (key, wishes) => {
      runs.push(`${key} ${wishes.join(' ')}`)
      await turn()
      return run(key, wishes)
    },
    { weight: n => n, most: 10, mayRetry: () => mayRetry },
  )
  return { runs, wish }
}

const all = (wish: (key: string, n: number) => Promise<number>, key: string, wishes: readonly number[]) =>
  Promise.allSettled(wishes.map(n => wish(key, n)))

test('what comes while one is under way is carried out together after it, in its order', async () => {
  const { runs, wish } = together(async (_, wishes) => kept(wishes))
  const got = await all(wish, 'a', [1, 2, 3, 4])
  assert.deepEqual(
    got.map(one => one.status === 'fulfilled' && one.value),
    [1, 2, 3, 4],
  )
  assert.deepEqual(runs, ['a 1', 'a 2 3 4'])
  await wish('a', 5)
  assert.deepEqual(runs.slice(2), ['a 5'])
})

test('nothing weighs more together than it may, and one that does goes alone', async () => {
  const { runs, wish } = together(async (_, wishes) => kept(wishes))
  await all(wish, 'a', [1, 6, 4, 1, 50, 2])
  assert.deepEqual(runs, ['a 1', 'a 6 4', 'a 1', 'a 50', 'a 2'])
})

test('keys do not wait for each other', async () => {
  const { runs, wish } = together(async (_, wishes) => kept(wishes))
  await Promise.all([all(wish, 'a', [1, 2]), all(wish, 'b', [3, 4])])
  assert.deepEqual(runs, ['a 1', 'b 3', 'a 2', 'b 4'])
})

test('one that is refused fails alone', async () => {
  const { wish } = together(async (_, wishes) => wishes.map(n => (n === 3 ? { error: new Error('no') } : { value: n })))
  const got = await all(wish, 'a', [1, 2, 3, 4])
  assert.deepEqual(
    got.map(one => (one.status === 'fulfilled' ? one.value : one.reason.message)),
    [1, 2, 'no', 4],
  )
})

test('where they fail together each is tried by itself, and only the one at fault fails', async () => {
  const { runs, wish } = together(async (_, wishes) => {
    if (wishes.includes(3)) throw new Error('no')
    return kept(wishes)
  })
  const got = await all(wish, 'a', [1, 2, 3, 4])
  assert.deepEqual(
    got.map(one => (one.status === 'fulfilled' ? one.value : one.reason.message)),
    [1, 2, 'no', 4],
  )
  assert.deepEqual(runs, ['a 1', 'a 2 3 4', 'a 2', 'a 3', 'a 4'])
})

test('what may have been done is not tried again: all of them fail', async () => {
  const { runs, wish } = together(async (_, wishes) => {
    if (wishes.includes(3)) throw new Error('gone')
    return kept(wishes)
  }, false)
  const got = await all(wish, 'a', [1, 2, 3, 4])
  assert.deepEqual(
    got.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'rejected'],
  )
  assert.deepEqual(runs, ['a 1', 'a 2 3 4'])
  assert.equal(await wish('a', 1), 1)
})
