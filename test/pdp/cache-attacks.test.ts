import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '../../src/engine/decide.ts'
import type { Registered } from '../../src/facts/registry.ts'
import type { Change, StoredTuple } from '../../src/facts/store.ts'
import { factsOf } from '../../src/facts/world.ts'
import { createResidualCache } from '../../src/pdp/cache.ts'
import { check } from '../../src/pdp/check.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Request } from '../../src/policy/request.ts'
import { chanceOf } from '../freshness/chance.ts'
import { quickOrg } from '../freshness/in-memory.ts'
import { requestOf } from '../freshness/requests.ts'
import { SMALL } from '../freshness/scene.ts'
import { tupleOf } from '../relations/harness.ts'
import { shipped } from '../support/nodes.ts'
import { agentNamed, taskNamed } from '../support/registered.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user, team#member]
type document
  relations
    define shared_with: [team]
    define viewer: [user, user:*, team#member]
    define editor: [user, team#member]
`
const POLICY = `A document has a status of draft or public.
Viewers of a document can read it.
Editors of a document can edit it.
Anyone can read public documents.
Anyone can print documents if their level is over 3.
Agents can read documents.
Users can share documents shared with their team.`

interface Org {
  readonly state: OrgState
  apply(...changes: readonly Change[]): void
  write(...tuples: readonly string[]): void
  remove(...tuples: readonly string[]): void
  ask(request: Partial<Request> & Pick<Request, 'subject' | 'action' | 'resource'>): Verdict
  asks(user: string, action?: string, document?: string): Verdict['effect']
}

function orgWith(registered: readonly Registered[], ...tuples: readonly string[]): Org {
  const head = { org: { slug: 'o', name: 'O', zone: 'UTC' }, revision: 0, keys: [], registered, attributes: [] }
  const policy = { version: 1, text: POLICY, author: '', note: '', publishedAt: 0 }
  const model = { id: 'm', dsl: MODEL }
  const state = stateOf({ ...head, model, policy, tuples: tuples.map((t): StoredTuple => tupleOf(t)) }, shipped)
  const apply = (...changes: readonly Change[]): void => {
    for (const change of changes) applyChange(state, { revision: state.revision + 1, at: 0, change }, shipped)
  }
  const ask: Org['ask'] = request => check(state, { org: 'o', actors: [], context: {}, at: 0, ...request }).verdict
  return {
    state,
    apply,
    write: (...all) => apply({ kind: 'tuples', writes: all.map(tupleOf), deletes: [] }),
    remove: (...all) => apply({ kind: 'tuples', writes: [], deletes: all.map(tupleOf) }),
    ask,
    asks: (user, action = 'read', document = '1') =>
      ask({ subject: { type: 'user', id: user }, action, resource: { type: 'document', id: document } }).effect,
  }
}
const org = (...tuples: readonly string[]): Org => orgWith([], ...tuples)

/** Names that some key, somewhere, would take for one another, or for something else. */
const HOSTILE: readonly string[] = [
  ...[
    'a',
    'b',
    'ab',
    'a b',
    'a|b',
    'a:b',
    'a@b',
    'a#b',
    'a\nb',
    'a\u0000b',
    'a/b',
    '1:a',
    '1:a1:b',
    '4:user',
    '-',
    '!',
    '@',
  ],
  ...['1', '01', '1.0', '1e0', '0x1', 'true', 'null', 'undefined', 'NaN', '[object Object]', ''],
  ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype', 'length'],
  // One letter in two normal forms, and letters that look like it or fold to it.
  ...[
    '\u00e9',
    'e\u0301',
    'E\u0301',
    '\u0435\u0301',
    '\u212a',
    'K',
    'k',
    '\u0130',
    'i',
    '\u00df',
    'ss',
    '\ufb01',
    'fi',
  ],
  // Halves of a pair, alone and together; and what an encoder may put in their place.
  ...['\ud83d', '\ude00', '\ud83d\ude00', '\ud83d\ud83d', '\ufffd', '\ufffd\ufffd', '\ufeff', '\u200b', '\u202e'],
  ...['x'.repeat(10_000), `${'x'.repeat(9_999)}y`, 'x'.repeat(10_001)],
]
const PRINT = { action: 'print', resource: { type: 'document', id: '1' } }
const level = (entity: Entity, value: number | null): Change => ({
  ...{
    kind: 'attributes',
    entity,
    set: value === null ? {} : { level: value },
    unset: value === null ? ['level'] : [],
  },
})

describe('keys: two that may differ never share an answer', () => {
  test('subjects of hostile names, each let in and out while all others stay out', () => {
    const { state, ask, apply } = org()
    const entities = HOSTILE.map(id => ({ type: 'user', id }))
    const effects = (): string[] => entities.map(subject => ask({ subject, ...PRINT }).effect)
    assert.deepEqual(new Set(effects()), new Set(['deny']))
    // What is longer than a name may be is not kept.
    assert.equal(state.cache.size, HOSTILE.filter(name => name.length < 1_000).length)
    for (const [n, entity] of entities.entries()) {
      apply(level(entity, 5))
      assert.deepEqual(
        effects().flatMap((effect, at) => (effect === 'allow' ? [at] : [])),
        [n],
      )
      apply(level(entity, null))
    }
    assert.deepEqual(new Set(effects()), new Set(['deny']))
  })

  test('a type and an id whose ends could be drawn elsewhere', () => {
    const pairs: readonly Entity[] = [
      ...['user', 'use', 'user1', '4:user', 'u', 'user:', 'user '].flatMap(type =>
        ['ann', 'rann', '1ann', ':ann', 'ser3:ann', 'n', ' ann'].map(id => ({ type, id })),
      ),
    ]
    for (const one of pairs) {
      const { ask, apply } = org()
      for (const subject of pairs) ask({ subject, ...PRINT })
      apply(level(one, 5))
      for (const subject of pairs) {
        const effect = ask({ subject, ...PRINT }).effect
        assert.equal(effect, subject === one ? 'allow' : 'deny', JSON.stringify([subject, one]))
      }
    }
  })

  test('resources, actions and a type without an id', () => {
    const { ask, apply } = org()
    const subject = { type: 'user', id: 'ann' }
    const ids = HOSTILE.filter(id => id !== '')
    const reads = (id: string | null): string =>
      ask({ subject, action: 'read', resource: { type: 'document', id } }).effect
    for (const id of ids) assert.equal(reads(id), 'deny')
    const status = (id: string, set: 'public' | 'draft'): Change => ({
      ...{ kind: 'attributes', entity: { type: 'document', id }, set: { status: set }, unset: [] },
    })
    for (const id of ids) {
      apply(status(id, 'public'))
      for (const other of ids) assert.equal(reads(other), other === id ? 'allow' : 'deny', JSON.stringify([other, id]))
      assert.equal(reads(null), 'deny')
      apply(status(id, 'draft'))
    }
    for (const action of HOSTILE) {
      assert.equal(ask({ subject, action, resource: { type: 'document', id: '1' } }).effect, 'deny')
    }
  })

  test('chains: who acts for whom, in which order, and how many', () => {
    const bots = ['a', 'b', 'c'].map(slug => agentNamed(slug, { capabilities: ['read:documents'] }))
    const { ask, apply } = orgWith(bots, 'document:1 viewer user:ann')
    const [a, b, c] = bots.map(({ slug }) => ({ type: 'agent', id: slug })) as [Entity, Entity, Entity]
    const ann = { type: 'user', id: 'ann' }
    const on = { action: 'read', resource: { type: 'document', id: '1' } }
    const chains: readonly (readonly [Entity, readonly Entity[]])[] = [
      [ann, []],
      [ann, [a]],
      [ann, [a, b]],
      [ann, [b, a]],
      [ann, [a, a]],
      [ann, [a, b, c]],
      [a, []],
      [a, [b]],
      [b, [a]],
      [a, [ann]],
      [b, []],
    ]
    const effects = () => chains.map(([subject, actors]) => ask({ subject, actors, ...on }).effect)
    const all = effects()
    assert.deepEqual(effects(), all)
    assert.deepEqual(new Set(all), new Set(['allow']))
    apply({ kind: 'registered', entry: agentNamed('b', { capabilities: [] }), by: 'user:x' })
    assert.deepEqual(
      effects().map((effect, at) => (effect === 'deny') === chains[at]?.flat().some(one => one === b)),
      chains.map(() => true),
    )
    apply({
      kind: 'registered',
      entry: agentNamed('b', { capabilities: ['read:documents'], status: 'suspended' }),
      by: 'x',
    })
    assert.deepEqual(effects().filter(effect => effect === 'deny').length, 6)
    apply({ kind: 'registered', entry: agentNamed('b', { capabilities: ['read:documents'] }), by: 'user:x' })
    assert.deepEqual(effects(), all)
  })

  test('openfga#3097, openfga#3117: two objects and two relations that share a branch', () => {
    const { asks, write, remove } = org(
      ...['1', '2'].flatMap(id => [`document:${id} viewer team:t#member`, `document:${id} editor team:t#member`]),
    )
    const all = () => ['1', '2'].flatMap(id => ['read', 'edit'].map(action => asks('ann', action, id)))
    assert.deepEqual(new Set(all()), new Set(['deny']))
    write('team:t member user:ann')
    assert.deepEqual(new Set(all()), new Set(['allow']))
    remove('document:2 viewer team:t#member')
    assert.deepEqual(all(), ['allow', 'allow', 'deny', 'allow'])
    remove('team:t member user:ann')
    assert.deepEqual(new Set(all()), new Set(['deny']))
  })
})

describe('what comes with a request stays with it', () => {
  test('properties of the resource and the subject, and what the call says', () => {
    const { state, ask } = org()
    const subject = { type: 'user', id: 'ann' }
    const read = (properties?: { status: string }) =>
      ask({ subject, action: 'read', resource: { type: 'document', id: '1', ...(properties && { properties }) } })
        .effect
    const print = (properties?: { level: number }) =>
      ask({ subject: { ...subject, ...(properties && { properties }) }, ...PRINT }).effect
    for (let turn = 0; turn < 3; turn += 1) {
      assert.deepEqual(
        [read(), read({ status: 'public' }), read({ status: 'draft' }), read()],
        ['deny', 'allow', 'deny', 'deny'],
      )
      assert.deepEqual([print(), print({ level: 9 }), print({ level: 1 }), print()], ['deny', 'allow', 'deny', 'deny'])
    }
    assert.equal(state.cache.size, 2)
  })

  test('what is stored wins over it, from the moment it is stored', () => {
    const { ask, apply } = org()
    const subject = { type: 'user', id: 'ann', properties: { level: 9 } }
    assert.equal(ask({ subject, ...PRINT }).effect, 'allow')
    apply(level({ type: 'user', id: 'ann' }, 1))
    assert.equal(ask({ subject, ...PRINT }).effect, 'deny')
    apply(level({ type: 'user', id: 'ann' }, null))
    assert.equal(ask({ subject, ...PRINT }).effect, 'allow')
  })

  test('a task: with it, without it, and another', () => {
    const bot = agentNamed('bot', {
      capabilities: ['read:documents'],
      budgetPolicy: { per_task: { max_tool_calls: 0 } },
    })
    const { ask, apply } = orgWith([bot, taskNamed('task_1')])
    const on = { subject: { type: 'agent', id: 'bot' }, action: 'read', resource: { type: 'document', id: '1' } }
    const asked = () =>
      [ask(on), ask({ ...on, task: 'task_1' }), ask({ ...on, task: 'task_2' }), ask(on)].map(v => JSON.stringify(v))
    const [without, one, two, again] = asked()
    assert.equal(without, again)
    assert.deepEqual(asked(), [without, one, two, again])
    apply({ kind: 'registered', entry: taskNamed('task_1', { state: 'cancelled' }), by: 'user:x' })
    assert.equal(asked()[0], without)
  })
})

describe('what fails leaves nothing behind', () => {
  for (const after of [0, 1, 2]) {
    test(`a graph that throws at its question ${after + 1}`, () => {
      const { state, asks, write } = org('document:1 viewer team:t#member')
      const { graph } = state
      let left = after
      if (graph === null) throw new Error('there is a model')
      state.graph = {
        ...graph,
        check(...asked) {
          left -= 1
          if (left < 0) throw new Error('out of memory, say')
          return graph.check(...asked)
        },
      }
      const subject = { type: 'user', id: 'ann' }
      const wish = { subject, action: 'share', resource: { type: 'document', id: '1' } }
      const all = [
        () => asks('ann'),
        () => check(state, { org: 'o', actors: [], context: {}, at: 0, ...wish }).verdict.effect,
        () => asks('ann', 'edit'),
      ]
      const met = all.map(one => {
        try {
          return one()
        } catch {
          return 'thrown'
        }
      })
      assert.ok(met.includes('thrown') && !met.includes('allow'))
      const kept = state.cache.size
      assert.equal(kept, met.filter(one => one !== 'thrown').length)
      state.graph = graph
      write('team:t member user:ann')
      assert.equal(asks('ann'), 'allow')
    })
  }

  test('a chain of which the second link fails is no answer of the first', () => {
    const { state, ask } = orgWith(
      [agentNamed('bot', { capabilities: ['read:documents'] })],
      'document:1 viewer user:ann',
    )
    const wish = { subject: { type: 'user', id: 'ann' }, actors: [{ type: 'agent', id: 'bot' }] }
    const on = { action: 'read', resource: { type: 'document', id: '1' } }
    const { registry } = state
    const broken = { ...registry, identityOf: () => assert.fail('the registry is away') }
    Object.assign(state, { registry: broken })
    assert.throws(() => ask({ ...wish, ...on }))
    Object.assign(state, { registry })
    assert.equal(ask({ ...wish, ...on }).effect, 'allow')
  })
})

/** What an engine that keeps nothing says. */
const uncached = (state: OrgState, request: Request): unknown =>
  decide(state.set, request, {
    ...factsOf(state, () => undefined),
    stands: () => ({ used: 0, reserved: 0 }),
    task: () => undefined,
  })

describe('room', () => {
  for (const bytes of [0, 2_000, 10_000, 100_000]) {
    test(`of ${bytes} bytes: what leaves while a chain is being decided changes no answer`, async () => {
      const { state, ask, write } = await quickOrg(SMALL, 31, { seldom: 0.2, rare: 0.05 })
      Object.assign(state, { cache: createResidualCache(bytes) })
      for (let n = 0; n < 1_500; n += 1) {
        const request = requestOf(31, n, 'fresh', SMALL)
        if (request.task != null) continue
        const { verdict } = ask(n)
        assert.deepEqual(JSON.parse(JSON.stringify(verdict)), JSON.parse(JSON.stringify(uncached(state, request))))
        // One may be on its way in.
        assert.ok(state.cache.size <= 1 || state.cache.bytes <= bytes + 20_000)
        if (n % 7 === 0) write()
      }
    })
  }

  test('a flood of noes pushes nothing out that is asked all the time, and takes no more than its room', () => {
    const { state, asks } = org('document:1 viewer user:ann')
    const bytes = 200_000
    Object.assign(state, { cache: createResidualCache(bytes) })
    const c = chanceOf(4)
    assert.equal(asks('ann'), 'allow')
    const before = { ...state.cacheUse }
    let hot = 0
    for (let n = 0; n < 20_000; n += 1) {
      asks(`nobody-${c.below(1_000_000)}`, 'read', `none-${n}`)
      if (n % 20 !== 0) continue
      hot += 1
      assert.equal(asks('ann'), 'allow')
    }
    assert.ok(state.cache.bytes <= bytes + 20_000 && state.cache.size > 50)
    assert.equal(state.cacheUse.hits - before.hits, hot)
  })
})

describe('writes of every kind drop what rested on them', () => {
  test('casbin#832: a rule that is taken out, and put back', () => {
    const { asks, apply } = org('document:1 viewer user:ann')
    const publish = (version: number, text: string): Change => ({ kind: 'policy', version, text, author: '', note: '' })
    for (let version = 2; version < 8; version += 2) {
      assert.equal(asks('ann'), 'allow')
      apply(publish(version, POLICY.replace('Viewers of a document can read it.\n', '')))
      assert.equal(asks('ann'), 'deny')
      apply(publish(version + 1, POLICY))
    }
    assert.equal(asks('ann'), 'allow')
  })

  test('everyone is let in, and out', () => {
    const { asks, write, remove } = org()
    for (let turn = 0; turn < 2; turn += 1) {
      assert.deepEqual([asks('ann'), asks('bob')], ['deny', 'deny'])
      write('document:1 viewer user:*')
      assert.deepEqual([asks('ann'), asks('bob')], ['allow', 'allow'])
      write('document:1 viewer user:ann')
      remove('document:1 viewer user:*')
      assert.deepEqual([asks('ann'), asks('bob')], ['allow', 'deny'])
      remove('document:1 viewer user:ann')
    }
  })

  test('a tuple of the same key under another condition, a set in place of its member', () => {
    const { asks, write, remove } = org('team:t member user:ann')
    assert.equal(asks('ann', 'edit'), 'deny')
    write('document:1 editor team:t#member')
    assert.equal(asks('ann', 'edit'), 'allow')
    write('document:1 editor user:ann')
    remove('document:1 editor team:t#member')
    assert.equal(asks('ann', 'edit'), 'allow')
    remove('document:1 editor user:ann')
    assert.equal(asks('ann', 'edit'), 'deny')
  })
})
