import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRegistry } from '../../../src/facts/registry.ts'
import type { OrgState } from '../../../src/pdp/org.ts'
import { type Decide, type Obtaining, obtain } from '../../../src/pdp/tokens/obtain.ts'
import type { Decision } from '../../../src/policy/decision.ts'

const EFFECTS = ['allow', 'deny', 'escalate'] as const
const SCOPES = ['read:documents', 'write:documents', 'tool:search', 'publish:pages'] as const
const AUDIENCES = ['https://a.test', 'https://b.test'] as const

/** Of an org, `obtain` reads its name and its identities. */
const STATE = { org: { slug: 'acme', name: 'Acme', zone: 'UTC' }, registry: createRegistry() } as unknown as OrgState

type Effects = Readonly<Record<string, Decision['effect']>>

const decisionOf = (id: string, effect: Decision['effect']): Decision => ({
  id,
  effect,
  reasons: [],
  obligations: [],
  missing: [],
  validUntil: null,
  policyVersion: 1,
  revision: 1,
})

/** Decides by the name of what is asked for; `later` says which answers have to be waited for. */
function deciding(effects: Effects, later: (count: number) => boolean) {
  const asked: string[] = []
  const decide: Decide = (_state, request) => {
    const id = request.resource.id ?? ''
    const decision = decisionOf(`dec_${id}`, effects[id] ?? 'deny')
    return later(asked.push(`${request.resource.type} ${id}`)) ? Promise.resolve(decision) : decision
  }
  return { decide, asked }
}

const wish = (more: Partial<Obtaining>): Obtaining => ({
  subject: { type: 'agent', id: 'bot' },
  actors: [],
  audiences: [],
  asked: null,
  most: [],
  within: null,
  ofServer: null,
  context: {},
  at: 0,
  ...more,
})

const wishes = fc.record({
  audiences: fc.subarray([...AUDIENCES]),
  asked: fc.option(fc.subarray([...SCOPES])),
  most: fc.subarray([...SCOPES]),
  within: fc.option(fc.subarray([...SCOPES])),
  ofServer: fc.option(fc.subarray([...SCOPES]).map(all => new Set<string>(all))),
})
const effects = fc.record(
  Object.fromEntries([...SCOPES, ...AUDIENCES].map(name => [name, fc.constantFrom(...EFFECTS)])),
)

test('what is obtained does not depend on which answers have to be waited for', async () => {
  await fc.assert(
    fc.asyncProperty(wishes, effects, fc.array(fc.boolean(), { maxLength: 6 }), async (said, all, waits) => {
      const atOnce = deciding(all, () => false)
      const found = obtain(STATE, wish(said), atOnce.decide)
      assert.ok(!(found instanceof Promise))
      const later = deciding(all, count => waits[count - 1] ?? true)
      assert.deepEqual(await obtain(STATE, wish(said), later.decide), found)
      assert.deepEqual(later.asked, atOnce.asked)
    }),
    { seed: 31 },
  )
})

test('a scope is given for an allow of every audience and of itself, and within all limits', async () => {
  await fc.assert(
    fc.asyncProperty(wishes, effects, async (said, all) => {
      const { decide, asked } = deciding(all, () => true)
      const found = await obtain(STATE, wish(said), decide)
      const wanted = said.asked ?? said.most
      const inLimits = (scope: string): boolean =>
        (said.ofServer?.has(scope) ?? true) && (said.within?.some(one => one === scope) ?? true)
      const given = wanted.filter(scope => inLimits(scope) && all[scope] === 'allow')
      const refused = said.audiences.some(audience => all[audience] !== 'allow')
      if (refused || (given.length === 0 && (said.asked?.length ?? 0) > 0)) return assert.equal(found.kind, 'refused')
      assert.ok(found.kind === 'obtained')
      assert.deepEqual(found.scopes, given)
      assert.deepEqual(
        found.decisions,
        asked.map(one => `dec_${one.slice(one.indexOf(' ') + 1)}`),
      )
    }),
    { seed: 32 },
  )
})
