import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Link } from '../../../src/engine/clause.ts'
import { type Left, type Residual, residualOf } from '../../../src/engine/residual.ts'
import { createResidualCache } from '../../../src/pdp/cache.ts'
import { createKeys, dropKey, findKey, KEY, useKey } from '../../../src/pdp/residuals/keys.ts'
import type { Answer } from '../../../src/policy/question.ts'

/** Names as an attacker would choose them: joined, split between surrogates, prefixes of each other, as long as may be. */
const NAMES = [
  ...['', 'a', 'b', 'a:b', ':', '1:a', 'a|b', 'null', '0', '-', 'user', 'É', 'E\u0301', '\u0000', 'a\u0000', '\u0000a'],
  ...['\ud800', '\udc00', '\ud800\udc00', '\udc00\ud800', '\ufffd', 'x'.repeat(512), `${'x'.repeat(511)}y`],
]
const TOO_LONG = ['x'.repeat(513), `${'x'.repeat(512)}y`]

const name = fc.constantFrom(...NAMES)
const entity = fc.record({ type: name, id: name })
const link: fc.Arbitrary<Link> = fc.record(
  {
    subject: entity,
    principal: fc.option(entity, { freq: 2 }),
    actors: fc.oneof(fc.constant([]), fc.array(entity, { maxLength: 3 })),
    action: name,
    resource: fc.record({ type: name, id: fc.option(name, { freq: 5 }) }),
    tasked: fc.constant(true),
  },
  { requiredKeys: ['subject', 'principal', 'actors', 'action', 'resource'] },
)
const textOf = ({ subject, principal, actors, action, resource, tasked = false }: Link): string =>
  JSON.stringify([subject, principal, actors, action, resource, tasked]).replaceAll('"id":null', '"id":0')

const EMPTY: Omit<Left, 'org'> = {
  constant: true,
  forbids: [],
  approvals: [],
  permits: [],
  grants: [],
  metered: false,
  near: [],
  times: [],
  asked: [],
}
/** A residual that is told from others by its number. */
const residual = (of: Link, number: number, own: boolean): Residual => {
  const answers: readonly Answer[] = [{ kind: 'value', value: number % 3 }, { kind: 'absent' }]
  return residualOf(of, { ...EMPTY, org: `${number}` }, answers, { steps: [number], own })
}

describe('keys of the residual cache', () => {
  test('are the same numbers exactly for the same link, and leave no name behind', () => {
    fc.assert(
      fc.property(fc.array(link, { minLength: 2, maxLength: 40 }), links => {
        const keys = createKeys()
        const held = links.map(one => {
          const numbers = new Int32Array(KEY)
          assert.ok(useKey(keys, one, numbers))
          return numbers
        })
        const found = new Int32Array(KEY)
        const texts = new Map<string, string>()
        for (const [i, one] of links.entries()) {
          assert.ok(findKey(keys, one, found))
          assert.deepEqual(found, held[i])
          const known = texts.get(found.join()) ?? textOf(one)
          assert.equal(textOf(one), known)
          texts.set(found.join(), known)
        }
        assert.equal(texts.size, new Set(links.map(textOf)).size)
        for (const numbers of held) dropKey(keys, numbers, 0)
        assert.deepEqual([keys.texts.seats.size, keys.texts.bytes, keys.chains.seats.size], [0, 0, 0])
        for (const one of links) assert.equal(findKey(keys, one, found), false)
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })

  test('are for no link with a name that is too long', () => {
    const short = { type: 'user', id: 'a' }
    const plain = { subject: short, principal: null, actors: [], action: 'a', resource: short }
    for (const long of TOO_LONG) {
      for (const one of [
        { ...plain, subject: { type: 'user', id: long } },
        { ...plain, subject: { type: long, id: 'a' } },
        { ...plain, action: long },
        { ...plain, resource: { type: 'user', id: long } },
        { ...plain, resource: { type: long, id: null } },
        { ...plain, actors: [{ type: 'user', id: long }] },
        { ...plain, principal: { type: 'user', id: long } },
      ]) {
        const cache = createResidualCache()
        cache.set(residual(one, 1, false), [1])
        assert.deepEqual([cache.get(one), cache.size, cache.names, cache.bytes], [undefined, 0, 0, 0])
      }
    }
  })
})

type Step =
  | {
      readonly kind: 'set'
      readonly link: Link
      readonly number: number
      readonly own: boolean
      readonly cells: number[]
    }
  | { readonly kind: 'get'; readonly link: Link }
  | { readonly kind: 'touch'; readonly cell: number }
  | { readonly kind: 'revise'; readonly concern: Pick<Link, 'action' | 'resource'> }
  | { readonly kind: 'clear' }

const few = fc.record({
  subject: fc.record({ type: fc.constantFrom('user', 'a'), id: fc.constantFrom('a', 'b', 'user') }),
  principal: fc.constant(null),
  actors: fc.constantFrom([], [{ type: 'a', id: 'b' }]),
  action: fc.constantFrom('a', 'b'),
  resource: fc.record({ type: fc.constantFrom('user', 'a'), id: fc.constantFrom(null, 'a', 'b') }),
})
/** Cells that share halves, so that one half is never taken for the whole. */
const cell = fc.constantFrom(0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 51, 2 ** 51 + 1, 2 ** 31, 2 ** 52 - 1, -1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      link: few,
      number: fc.nat(20),
      own: fc.boolean(),
      cells: fc.array(cell, { maxLength: 6 }),
    }),
  },
  { weight: 8, arbitrary: few.map(of => ({ kind: 'get' as const, link: of })) },
  { weight: 3, arbitrary: cell.map(of => ({ kind: 'touch' as const, cell: of })) },
  { weight: 1, arbitrary: few.map(of => ({ kind: 'revise' as const, concern: of })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
)

type Held = { readonly link: Link; readonly number: number; readonly cells: ReadonlySet<number> }

const isOf =
  ({ action, resource: { type, id } }: Pick<Link, 'action' | 'resource'>) =>
  (one: Pick<Link, 'action' | 'resource'>): boolean =>
    one.action === action && one.resource.type === type && one.resource.id === id

/** The same as a map of links, each with the set of its cells. */
function naive() {
  const held = new Map<string, Held>()
  return {
    held,
    touch(cell: number) {
      for (const [text, { cells }] of held) if (cells.has(cell)) held.delete(text)
    },
  }
}

describe('the residual cache beside a map of sets', () => {
  test('holds the same, over any sequence of what is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 120, size: 'max' }), steps => {
        const cache = createResidualCache()
        const model = naive()
        for (const s of steps) {
          if (s.kind === 'set') {
            cache.set(residual(s.link, s.number, s.own), s.cells)
            model.held.set(textOf(s.link), { link: s.link, number: s.number, cells: new Set(s.cells) })
          } else if (s.kind === 'touch') {
            cache.touch(s.cell)
            model.touch(s.cell)
          } else if (s.kind === 'revise') {
            const isConcerned = isOf(s.concern)
            cache.revise(isConcerned)
            for (const [text, { link }] of model.held) if (isConcerned(link)) model.held.delete(text)
          } else if (s.kind === 'clear') {
            cache.clear()
            model.held.clear()
          } else {
            const found = cache.get(s.link)
            const known = model.held.get(textOf(s.link))
            assert.equal(found?.left.org, known === undefined ? undefined : `${known.number}`)
            if (found === undefined || known === undefined) continue
            assert.deepEqual(found.answers, residual(s.link, known.number, false).answers)
            assert.equal(textOf(found.link), textOf(s.link))
          }
          assert.equal(cache.size, model.held.size)
        }
        for (const key of [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 51, 2 ** 51 + 1, 2 ** 31, 2 ** 52 - 1, -1]) {
          cache.touch(key)
          model.touch(key)
        }
        assert.equal(cache.size, model.held.size)
        if (cache.size === 0) assert.deepEqual([cache.names, cache.bytes], [0, 0])
      }),
      { numRuns: 1_500, seed: 7 },
    )
  })

  const linkTo = (id: string): Link => ({
    subject: { type: 'user', id: 'ann' },
    principal: null,
    actors: [],
    action: 'read',
    resource: { type: 'document', id },
  })

  test('stays within its budget, whatever is asked, and holds nothing once all is dropped', () => {
    const budget = 200_000
    const cache = createResidualCache(budget)
    const evil = (i: number): Link => ({
      subject: { type: `type${i}`, id: `${'é'.repeat(i % 500)}${i}` },
      principal: null,
      actors: i % 3 === 0 ? [{ type: `agent${i}`, id: `${i}` }] : [],
      action: `action${i}`,
      resource: { type: `kind${i}`, id: `${i}` },
    })
    for (let i = 0; i < 20_000; i += 1) {
      const cells = Array.from({ length: i % 7 === 0 ? 1_000 : 4 }, (_, n) => (n === 0 ? 7 : i * 2_000 + n))
      cache.set(residual(evil(i), i, i % 2 === 0), cells)
      assert.ok(cache.bytes <= budget + 50_000, `${cache.bytes} bytes after ${i}`)
      assert.equal(cache.get(evil(i))?.left.org, `${i}`)
    }
    assert.ok(cache.size > 20, `${cache.size} entries`)
    cache.touch(7)
    assert.deepEqual([cache.size, cache.names, cache.bytes], [0, 0, 0])
  })

  test('keeps what is asked often, however much more than it can hold is asked once', () => {
    const cache = createResidualCache(200_000)
    let hits = 0
    const ask = (id: string): void => {
      if (cache.get(linkTo(id)) !== undefined) hits += 1
      else cache.set(residual(linkTo(id), 1, false), [1, 2, 3])
    }
    for (let round = 0; round < 4; round += 1) {
      for (let i = 0; i < 400; i += 1) ask(`often${i % 100}`)
    }
    hits = 0
    for (let burst = 0; burst < 10; burst += 1) {
      for (let i = 0; i < 2_000; i += 1) ask(`once${burst}-${i}`)
      assert.ok(cache.size < 1_800, `${cache.size} entries`)
      for (let i = 0; i < 400; i += 1) ask(`often${i % 100}`)
    }
    assert.ok(hits > 3_900, `${hits} of 4000`)
  })

  test('drops what a hundred thousand have read at one go, and takes out one of them without the others', () => {
    const cache = createResidualCache(1_000_000_000)
    for (let i = 0; i < 100_000; i += 1) cache.set(residual(linkTo(`${i}`), 1, false), [1, 1_000 + i])
    for (let i = 0; i < 50_000; i += 1) cache.touch(1_000 + i)
    assert.equal(cache.size, 50_000)
    assert.equal(cache.get(linkTo('7')), undefined)
    assert.equal(cache.get(linkTo('70000'))?.left.org, '1')
    cache.touch(1)
    assert.deepEqual([cache.size, cache.names, cache.bytes], [0, 0, 0])
  })
})
