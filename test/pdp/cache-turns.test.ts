import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Grant } from '../../src/agents/grant.ts'
import type { Change, Store } from '../../src/facts/store.ts'
import type { Service } from '../../src/pdp/service.ts'
import type { Entity } from '../../src/policy/entity.ts'
import { serviceOn } from '../freshness/one-node.ts'
import { agentNamed } from '../support/registered.ts'
import { openTestStore } from '../support/store.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type team
  relations
    define member: [user]
type document
  relations
    define viewer: [user, team#member]
`
const POLICY = 'Viewers of a document can read it.\nAgents can read documents.'
const tuple = (object: string, relation: string, user: string) => ({ object, relation, user, condition: null })

/** Lets the test do something just before and just after each call of the store. */
function watched(real: Store): { readonly store: Store; at: { before: () => void; after: () => void } } {
  const at = { before: (): void => undefined, after: (): void => undefined }
  const around =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      at.before()
      const found = await call(...args)
      at.after()
      return found
    }
  return {
    at,
    store: { ...real, write: around(real.write), changes: around(real.changes), revision: around(real.revision) },
  }
}

describe('a write between what is read and what is kept', () => {
  let real: Store
  before(async () => {
    real = await openTestStore()
  })
  after(() => real.close())

  let made = 0
  const start = async () => {
    made += 1
    const slug = `turns-${made}`
    await real.createOrg({ slug, name: slug, zone: 'UTC' })
    const policy: Change = { kind: 'policy', version: 1, text: POLICY, author: 'a', note: '' }
    const writes = [tuple('document:1', 'viewer', 'team:t#member')]
    const first: Change[] = [{ kind: 'model', id: 'm', dsl: MODEL }, policy, { kind: 'tuples', writes, deletes: [] }]
    await real.write(slug, first, { onConflict: 'error' })
    const { store, at } = watched(real)
    const service = serviceOn(store)
    const state = await service.orgs.get(slug)
    const ask = (subject: Entity, actors: readonly Entity[] = [], action = 'read', id = '1') => {
      const asked = { org: slug, subject, actors, action, resource: { type: 'document', id }, context: {}, at: 1_000 }
      const made = service.decide(state, asked)
      return made instanceof Promise ? assert.fail('it is in memory') : made
    }
    return { slug, service, state, at, ask }
  }
  const ann = { type: 'user', id: 'ann' }

  for (const where of ['before', 'after'] as const) {
    test(`what is asked ${where} the store answers is not kept beyond the write`, async () => {
      const { service, state, at, ask } = await start()
      const seen: string[] = []
      at[where] = () => {
        // Dropped first, so that it is worked out at this very point.
        state.cache.clear()
        seen.push(ask(ann).effect)
      }
      const writes = [tuple('team:t', 'member', 'user:ann')]
      const revision = await service.write(state, [{ kind: 'tuples', writes, deletes: [] }])
      at[where] = () => undefined
      assert.ok(seen.length >= 2 && seen.every(effect => effect === 'deny'))
      for (let turn = 0; turn < 3; turn += 1) {
        // Whatever was to be kept later is kept by now.
        await nextTurn()
        const { effect, revision: from } = ask(ann)
        assert.deepEqual([effect, from], ['allow', revision])
      }
    })
  }

  test('an org that left memory and came back answers from what is stored by then', async () => {
    const { slug, service, ask } = await start()
    assert.equal(ask(ann).effect, 'deny')
    const again: Service = serviceOn(real)
    const other = await again.orgs.get(slug)
    await again.write(other, [{ kind: 'tuples', writes: [tuple('team:t', 'member', 'user:ann')], deletes: [] }])
    const state = await service.orgs.catchUp(slug, await real.revision(slug))
    const asked = { org: slug, subject: ann, actors: [], action: 'read', resource: { type: 'document', id: '1' } }
    assert.equal((await service.decide(state, { ...asked, context: {}, at: 1_000 })).effect, 'allow')
  })

  test('a grant to one chain is none to a longer, a shorter or another one', async () => {
    const { service, state, ask } = await start()
    const [a, b] = ['a', 'b'].map(id => ({ type: 'agent', id })) as [Entity, Entity]
    const capabilities = ['read:documents', 'send:documents']
    const bots = [a, b].map(
      ({ id }): Change => ({ kind: 'registered', entry: agentNamed(id, { capabilities }), by: 'user:x' }),
    )
    const approval = {
      kind: 'approval',
      id: 'jit_1',
      task: 'task_1',
      agent: 'a',
      state: 'approved',
      version: 1,
    } as const
    await service.write(state, bots)
    const chains: readonly (readonly [Entity, readonly Entity[]])[] = [
      [ann, []],
      [ann, [a]],
      [ann, [b]],
      [ann, [a, b]],
      [ann, [b, a]],
      [a, []],
    ]
    const effects = () => chains.map(([subject, actors]) => ask(subject, actors, 'send').effect)
    assert.deepEqual(new Set(effects()), new Set(['deny']))
    const grantTo = (subject: Entity, actors: readonly Entity[], id: string): Grant => ({
      ...{ kind: 'grant', id, approval: 'jit_1', task: null, subject, actors, action: 'send', given: {}, rules: [] },
      ...{ resource: { type: 'document', id: '1', many: false }, uses: 9, grantedAt: 0, until: 2_000, revokedAt: null },
      ...{ says: 'user:carol approved it', version: 1 },
    })
    const { registry, cache } = state
    registry.put(approval as never)
    cache.clear()
    for (const [n, [subject, actors]] of chains.entries()) {
      const entry = grantTo(subject, actors, `grt_${n}`)
      await service.write(state, [{ kind: 'registered', entry, by: 'user:carol' }])
      const now = effects()
      assert.deepEqual(
        now.map((effect, at) => (effect === 'allow' ? at : -1)).filter(at => at >= 0),
        [n],
      )
      await service.write(state, [{ kind: 'unregistered', of: 'grant', id: entry.id, by: 'user:carol' }])
      assert.deepEqual(new Set(effects()), new Set(['deny']))
    }
    for (const [n, [subject, actors]] of chains.entries()) {
      const entry = grantTo(subject, actors, 'grt_moved')
      await service.write(state, [{ kind: 'registered', entry, by: 'user:carol' }])
      const allowed = effects().flatMap((effect, at) => (effect === 'allow' ? [at] : []))
      assert.deepEqual(allowed, [n], 'a grant that is written anew is no longer what it was')
    }
  })
})
