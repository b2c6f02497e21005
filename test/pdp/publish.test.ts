import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Change } from '../../src/facts/store.ts'
import { check } from '../../src/pdp/check.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import { factsRead, provedBy } from '../../src/pdp/record.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type document
  relations
    define owner: [user]
type folder
  relations
    define owner: [user]
`

const TYPES = ['A document has a status of draft or public.', 'A document has a status of draft, public or secret.']

const SENTENCES = [
  'Owners of the document can read and edit documents.',
  'Owners of the folder can read folders.',
  'Agents can read documents.',
  'Agents can read folders.',
  'Anyone can read public documents.',
  'Users need approval from the owner of the document to edit draft documents.',
  'Nobody can read documents from 10.0.0.0/8.',
  'Nobody can edit documents on Sundays.',
  'User:ann can read document:1.',
  'User:bob can edit document:2.',
  'Agents cannot read document:2.',
  'Only owners of the document can delete documents.',
  'Users can delete draft documents.',
  'Users can share documents.',
  'Users can share folders.',
]

const shipped = loadShipped()

const tuple = (object: string, user: string) => ({ object, relation: 'owner', user, condition: null })

function fresh(text: string): OrgState {
  return stateOf(
    {
      org: { slug: 'o', name: 'o', zone: 'UTC' },
      revision: 1,
      model: { id: 'm', dsl: MODEL },
      policy: { version: 1, text, author: '', note: '', publishedAt: 0 },
      keys: [],
      tuples: [tuple('document:1', 'user:ann'), tuple('folder:1', 'user:ann'), tuple('agent:bot', 'user:ann')],
      attributes: [{ entity: { type: 'document', id: '2' }, name: 'status', value: 'draft' }],
    },
    shipped,
  )
}

const SUBJECTS = [
  { type: 'user', id: 'ann' },
  { type: 'user', id: 'bob' },
  { type: 'agent', id: 'bot' },
]
const RESOURCES = [
  { type: 'document', id: '1' },
  { type: 'document', id: '2' },
  { type: 'document', id: null },
  { type: 'folder', id: '1' },
]

/** Everything that can be asked here. */
const REQUESTS: readonly Request[] = SUBJECTS.flatMap(subject =>
  ['read', 'edit', 'delete', 'share'].flatMap(action =>
    RESOURCES.flatMap(resource =>
      [[], [{ type: 'agent', id: 'bot' }]].map(actors => ({
        ...{ org: 'o', subject, actors, action, resource, context: { ip: '10.1.2.3' } },
        at: Date.parse('2026-03-08T10:00Z'),
      })),
    ),
  ),
)

const publish = (state: OrgState, version: number, text: string): void =>
  apply(state, version, { kind: 'policy', version, text, author: '', note: '' })

const apply = (state: OrgState, revision: number, change: Change): void =>
  applyChange(state, { revision, at: 0, change } as Parameters<typeof applyChange>[1], shipped)

function told(state: OrgState, request: Request): unknown {
  const { verdict, residuals } = check(state, request)
  return { verdict, facts: factsRead(residuals, provedBy(state)) }
}

/** What is asked anew after a publication, of all that was asked before. */
function missedAfter(before: readonly string[], after: readonly string[]): readonly Request[] {
  const state = fresh(before.join('\n'))
  for (const request of REQUESTS) check(state, request)
  publish(state, 2, after.join('\n'))
  return REQUESTS.filter(request => {
    const { misses } = state.cacheUse
    check(state, request)
    return state.cacheUse.misses > misses
  })
}

describe('publishing', () => {
  test('law: whatever is published, what is kept is what would be found anew', () => {
    const sentences = fc.oneof(
      fc.subarray(SENTENCES),
      fc.shuffledSubarray(SENTENCES),
      fc.array(fc.constantFrom(...SENTENCES), { maxLength: 6 }),
    )
    const text = fc
      .tuple(fc.constantFrom(...TYPES), sentences)
      .map(([types, some]) => [types, ...new Set(some)].join('\n'))
    const step = fc.record({
      text,
      /** Of the sentences there are, one is left out, or one put in. */
      edit: fc.option(fc.record({ out: fc.nat(12), in: fc.constantFrom(...SENTENCES), at: fc.nat(12) }), { freq: 4 }),
      owner: fc.constantFrom(null, 'user:ann', 'user:bob'),
      status: fc.constantFrom('draft', 'public'),
    })
    let hits = 0
    fc.assert(
      fc.property(text, fc.array(step, { minLength: 1, maxLength: 5 }), (first, steps) => {
        const [state, oracle] = [fresh(first), fresh(first)]
        let now = first
        let revision = 1
        const changed = (change: Change): void => {
          revision += 1
          for (const one of [state, oracle]) apply(one, revision, change)
        }
        for (const { text: next, edit, owner, status } of steps) {
          for (const request of REQUESTS) check(state, request)
          now = edit === null ? next : edited(now, edit)
          revision += 1
          for (const one of [state, oracle]) publish(one, revision, now)
          if (owner !== null) changed({ kind: 'tuples', writes: [tuple('document:2', owner)], deletes: [] })
          changed({ kind: 'attributes', entity: { type: 'document', id: '2' }, set: { status }, unset: [] })
          const before = state.cacheUse.hits
          for (const request of REQUESTS) {
            oracle.cache.clear()
            assert.deepEqual(told(state, request), told(oracle, request), JSON.stringify({ now, request }))
          }
          hits += state.cacheUse.hits - before
        }
      }),
      { numRuns: 60, seed: 6 },
    )
    assert.ok(hits > 5_000, `${hits}`)
  })

  test('drops what a changed rule may concern, and nothing else', () => {
    const all = [TYPES[0] as string, ...SENTENCES]
    const without = (sentence: string): readonly string[] => all.filter(one => one !== sentence)
    const missed = missedAfter(all, without('Agents can read folders.'))
    assert.ok(missed.length > 0)
    assert.ok(missed.every(({ action, resource }) => action === 'read' && resource.type === 'folder'))
    const named = missedAfter(without('User:bob can edit document:2.'), all)
    assert.ok(named.length > 0)
    for (const { action, resource } of named)
      assert.ok(action === 'edit' && (resource.id === '2' || resource.id === null))
    assert.deepEqual(missedAfter(all, all), [])
    assert.deepEqual(missedAfter(all, [...all, '']), [])
  })

  test('a rule in the place of another is not taken for it', () => {
    const state = fresh([TYPES[0], 'Users can share folders.'].join('\n'))
    const share = (type: string) => {
      const request = REQUESTS.find(
        one => one.action === 'share' && one.resource.type === type && one.resource.id === '1',
      )
      return check(state, request as Request).verdict.reasons.map(({ sentence }) => sentence)
    }
    assert.deepEqual(share('folder'), ['Users can share folders'])
    publish(state, 2, [TYPES[0], 'Users can share documents.', 'Users can share folders.'].join('\n'))
    for (let n = 0; n < 2; n += 1) {
      assert.deepEqual(share('document'), ['Users can share documents'])
      assert.deepEqual(share('folder'), ['Users can share folders'])
    }
  })

  test('drops everything where rules change places', () => {
    const [types = '', first = '', second = '', ...more] = [TYPES[0], ...SENTENCES]
    assert.equal(missedAfter([types, first, second, ...more], [types, second, first, ...more]).length, REQUESTS.length)
  })
})

function edited(text: string, edit: { readonly out: number; readonly in: string; readonly at: number }): string {
  const [types = '', ...lines] = text.split('\n')
  const left = lines.filter((line, n) => n !== edit.out && line !== edit.in)
  left.splice(Math.min(edit.at, left.length), 0, ...(edit.at > 9 ? [] : [edit.in]))
  return [types, ...left].join('\n')
}
