import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { misreadIn } from '../../src/relations/misread.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'
import { type Excuse, judge } from './excuses.ts'
import { graphOf } from './fuzz.ts'
import { dsl, entity, modelOf, tupleOf, userOf } from './harness.ts'
import { type Asking, peerOf, type Verdict } from './openfga.ts'

interface Case {
  readonly name: string
  /** Lines of the model, a condition's last. */
  readonly model: readonly string[]
  readonly condition?: string
  readonly tuples: readonly string[]
  readonly contextual?: readonly string[]
  readonly asks: string
  readonly ours: 'yes' | 'no' | 'unknown'
  readonly theirs: 'yes' | 'no' | 'error'
  readonly as: Excuse | 'same'
}

const lacking = '\ncondition low(x: int) {\n  x < 3\n}\n'

/**
 * What 0004 names, one case a class, each said by the real server as well: when a newer one says otherwise, the class
 * can go.
 */
const cases: readonly Case[] = [
  {
    name: 'a set of another relation is no set of the recursive one: an owner’s team lends its members nothing',
    model: ['type agent', 'type team', 'define owner: [user]', 'define member: [agent, team#owner, team#member]'],
    tuples: ['team:a member team:b#owner', 'team:b member agent:x'],
    asks: 'team:a member agent:x',
    ours: 'no',
    theirs: 'yes',
    as: 'sideways',
  },
  {
    name: 'the same, as the fuzzer met it: the set can be reached on the excluded side alone',
    model: ['type team', 'define p: [team]', 'define a: [user] but not p', 'define b: [team#a, team#b] or p'],
    tuples: ['team:1 p team:1'],
    contextual: ['team:2 b team:1#a'],
    asks: 'team:2 b team:1',
    ours: 'no',
    theirs: 'yes',
    as: 'sideways',
  },
  {
    name: 'a parent of another type, which no user can view, is not passed through to its own parents',
    model: [
      'type drive',
      'define parent: [folder]',
      'define viewer: parent',
      'type folder',
      'define parent: [drive, folder]',
      'define viewer: [user] or viewer from parent',
    ],
    tuples: ['folder:a parent drive:d', 'drive:d parent folder:b', 'folder:b viewer user:ann'],
    asks: 'folder:a viewer user:ann',
    ours: 'no',
    theirs: 'yes',
    as: 'sideways',
  },
  {
    name: 'a crew, which agents cannot be in for what else it asks, passes nobody on through its own teams',
    model: [
      'type agent',
      'type crew',
      'define cleared: [user]',
      'define member: [user, team#member] and cleared',
      'type team',
      'define member: [user, agent, team#member, crew#member]',
    ],
    tuples: ['team:a member crew:c#member', 'crew:c member team:b#member', 'team:b member agent:x'],
    asks: 'team:a member agent:x',
    ours: 'no',
    theirs: 'no',
    as: 'same',
  },
  {
    name: 'with what does not recur in a relation of its own, the server reads it right',
    model: [
      'type agent',
      'type team',
      'define owner: [user]',
      'define direct: [agent, team#owner]',
      'define member: [team#member] or direct',
    ],
    tuples: ['team:a direct team:b#owner', 'team:b direct agent:x'],
    asks: 'team:a member agent:x',
    ours: 'no',
    theirs: 'no',
    as: 'same',
  },
  {
    name: 'everyone is not lost where a person’s own tuple fails its condition',
    model: [
      'type folder',
      'define viewer: [user with low, user:*]',
      'type doc',
      'define parent: [folder]',
      'define viewer: viewer from parent',
    ],
    condition: lacking,
    tuples: ['doc:1 parent folder:a', 'folder:a viewer user:ann with low {"x":9}', 'folder:a viewer user:*'],
    asks: 'doc:1 viewer user:ann',
    ours: 'yes',
    theirs: 'no',
    as: 'shadowed',
  },
  {
    name: 'nor is a person where everyone’s tuple fails its condition',
    model: [
      ...['type team', 'define member: [user, user:* with low]', 'type folder', 'define owner: [team#member]'],
      ...['type doc', 'define viewer: [folder#owner]'],
    ],
    condition: lacking,
    tuples: [
      'doc:1 viewer folder:f#owner',
      'folder:f owner team:t#member',
      'team:t member user:* with low {"x":9}',
      'team:t member user:ann',
    ],
    asks: 'doc:1 viewer user:ann',
    ours: 'yes',
    theirs: 'no',
    as: 'shadowed',
  },
  {
    name: 'a chain of parents in a circle bars nobody, and leaves what else holds',
    model: [
      'type drive',
      'type folder',
      'define parent: [folder, drive]',
      'define barred: [user] or barred from parent',
      'define viewer: [user] but not barred from parent',
    ],
    tuples: ['folder:a viewer user:ann', 'folder:a parent folder:a'],
    asks: 'folder:a viewer user:ann',
    ours: 'yes',
    theirs: 'no',
    as: 'cycle',
  },
  {
    name: 'what lies behind a tuple settles the answer, whatever its condition',
    model: ['type team', 'define member: [user]', 'type doc', 'define viewer: [team#member with low]'],
    condition: lacking,
    tuples: ['doc:1 viewer team:a#member with low'],
    asks: 'doc:1 viewer user:ann',
    ours: 'no',
    theirs: 'error',
    as: 'condition',
  },
  {
    name: 'the server forgets a tuple whose condition it cannot evaluate where another one of the scan passes',
    model: [
      'type team',
      'define member: [user]',
      'type doc',
      'define owner: [user]',
      'define barred: [team#member with low, team#member]',
      'define viewer: owner but not barred',
    ],
    condition: lacking,
    tuples: [
      'doc:1 owner user:ann',
      'doc:1 barred team:a#member with low',
      'team:a member user:ann',
      'doc:1 barred team:b#member',
    ],
    asks: 'doc:1 viewer user:ann',
    ours: 'unknown',
    theirs: 'yes',
    as: 'forgotten',
  },
  {
    name: 'and where another object’s tuple of the same relation can be evaluated',
    model: ['type team', 'define member: [user:* with low]', 'type doc', 'define viewer: [team#member]'],
    condition: lacking,
    tuples: ['doc:1 viewer team:b#member', 'team:b member user:* with low', 'team:a member user:* with low {"x":1}'],
    asks: 'doc:1 viewer user:ann',
    ours: 'unknown',
    theirs: 'no',
    as: 'forgotten',
  },
]

const openfga = await startOpenfga()
after(() => (openfga.kind === 'running' ? openfga.stop() : undefined))

for (const { name, model, condition = '', tuples, contextual = [], asks, ours, theirs, as } of cases) {
  test(name, { skip: skipWithout(openfga) }, async () => {
    if (openfga.kind !== 'running') return
    const stored = { model: modelOf(dsl(...model) + condition), tuples: tuples.map(tupleOf) }
    const [object = '', relation = '', user = ''] = asks.split(' ')
    const of = userOf(user)
    if (of.kind === 'some' || of.kind === 'holder') assert.fail(user)
    const one: Asking = { object: entity(object), relation, user: of, context: {}, contextual: contextual.map(tupleOf) }
    const { context, contextual: given } = one
    const answer = graphOf(stored).check(one.object, relation, of, { context, contextual: given })
    const said: Verdict = (await (await peerOf(openfga.url, stored.model, stored.tuples))?.check([one]))?.[0] ?? 'no'
    assert.deepEqual([answer.truth, typeof said === 'object' ? 'error' : said], [ours, theirs], JSON.stringify(said))
    assert.equal(judge(stored, one, answer, said), as)
    // No model in which the server grants too much by that is given to one.
    if (as === 'sideways') assert.notDeepEqual(misreadIn(stored.model), [])
  })
}
