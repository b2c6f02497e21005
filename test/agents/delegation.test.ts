import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Agent } from '../../src/agents/agent.ts'
import { type DelegationCode, delegate, type Narrowed, narrow, type Setting } from '../../src/agents/delegation.ts'
import type { Consent } from '../../src/agents/identity.ts'
import { DEFAULT_TOKEN_SETTINGS } from '../../src/agents/signing-key.ts'
import { type AccessToken, actOf, claimsOf, tokenOf } from '../../src/agents/token.ts'
import { type Entity, printEntity } from '../../src/policy/entity.ts'
import { agentNamed } from '../support/registered.ts'

const ISSUER = 'https://auth.test/orgs/acme/api/v1'
const NOW = Date.UTC(2026, 2, 4)
const setting: Setting = {
  settings: DEFAULT_TOKEN_SETTINGS,
  issuer: ISSUER,
  now: NOW,
  holds: (list, scope) => list.includes(scope),
}

const token = (subject: Entity, more: Partial<AccessToken> = {}): AccessToken => ({
  jti: `jti-${subject.id}`,
  issuer: ISSUER,
  org: 'acme',
  subject,
  actors: [],
  clientId: 'cli_app',
  audience: [ISSUER],
  scopes: ['read:docs', 'write:docs'],
  issuedAt: NOW,
  expiresAt: NOW + 600_000,
  lineage: [],
  consents: [],
  jkt: null,
  task: null,
  mayAct: null,
  ...more,
})

const alice: Entity = { type: 'user', id: 'alice' }
const DELEGATING = { actsForUsers: true, users: null, maxDepth: null, requireConsent: true }
const bot = agentNamed('bot', { capabilities: ['read:docs', 'delegate:user'], delegation: DELEGATING })
const tool = agentNamed('tool', { capabilities: ['read:docs', 'delegate:on_behalf'], delegation: DELEGATING })
const own = (agent: Agent, more: Partial<AccessToken> = {}) => token({ type: 'agent', id: agent.slug }, more)

const consent = (more: Partial<Consent> = {}): Consent => ({
  kind: 'consent',
  id: 'con_1',
  user: 'alice',
  agent: 'bot',
  scopes: ['read:docs', 'write:docs'],
  grantedAt: NOW - 1,
  expiresAt: null,
  revokedAt: null,
  ...more,
})

interface Case {
  readonly name: string
  readonly parent?: Partial<AccessToken>
  readonly agent?: Agent
  readonly consents?: readonly Consent[]
  readonly scopes?: readonly string[] | null
  readonly audience?: readonly string[] | null
  readonly gives: DelegationCode | readonly string[]
}

const CASES: readonly Case[] = [
  { name: 'what both may do, with the consent of the user', gives: ['read:docs'] },
  { name: 'less when less is asked', scopes: ['read:docs'], gives: ['read:docs'] },
  { name: 'nothing the agent may not do itself', scopes: ['write:docs'], gives: 'invalid_scope' },
  {
    name: 'nothing the user did not agree to',
    consents: [consent({ scopes: ['write:docs'] })],
    gives: 'invalid_scope',
  },
  { name: 'no consent', consents: [], gives: 'consent_required' },
  { name: 'consent for another agent', consents: [consent({ agent: 'tool' })], gives: 'consent_required' },
  { name: 'consent of another user', consents: [consent({ user: 'bob' })], gives: 'consent_required' },
  { name: 'consent that was taken back', consents: [consent({ revokedAt: NOW - 1 })], gives: 'consent_required' },
  { name: 'consent that has ended', consents: [consent({ expiresAt: NOW })], gives: 'consent_required' },
  {
    name: 'an agent the admin lets act without asking',
    consents: [],
    agent: { ...bot, delegation: { ...DELEGATING, requireConsent: false } },
    gives: ['read:docs'],
  },
  {
    name: 'an agent without the capability',
    agent: agentNamed('bot', { delegation: DELEGATING }),
    gives: 'delegation_not_allowed',
  },
  {
    name: 'an agent with the capability and no delegation',
    agent: agentNamed('bot', { capabilities: bot.capabilities }),
    gives: 'delegation_not_allowed',
  },
  {
    name: 'an agent for other users only',
    agent: { ...bot, delegation: { ...DELEGATING, users: ['bob'] } },
    gives: 'delegation_not_allowed',
  },
  {
    name: 'an agent twice in a chain',
    parent: { actors: [{ type: 'agent', id: 'bot' }] },
    gives: 'delegation_not_allowed',
  },
  { name: 'may_act for another', parent: { mayAct: { type: 'agent', id: 'tool' } }, gives: 'delegation_not_allowed' },
  { name: 'may_act for this one', parent: { mayAct: { type: 'agent', id: 'bot' } }, gives: ['read:docs'] },
  {
    name: 'a fourth actor',
    parent: { actors: ['a', 'b', 'c'].map(id => ({ type: 'agent', id })) },
    gives: 'delegation_depth_exceeded',
  },
  {
    name: 'an agent that allows shorter chains',
    parent: { actors: [{ type: 'agent', id: 'a' }] },
    agent: { ...bot, delegation: { ...DELEGATING, maxDepth: 1 } },
    gives: 'delegation_depth_exceeded',
  },
  { name: 'a narrower audience', audience: ['https://tools.test'], gives: ['read:docs'] },
  {
    name: 'an audience beside the one it has',
    parent: { audience: ['https://one.test'] },
    audience: ['https://tools.test'],
    gives: 'invalid_target',
  },
]

for (const c of CASES) {
  test(`delegation: ${c.name}`, () => {
    const agent = c.agent ?? bot
    const wanted = { scopes: c.scopes ?? null, audience: c.audience ?? null }
    const parent = token(alice, c.parent)
    const found = delegate(parent, own(agent), agent, [], c.consents ?? [consent()], wanted, setting)
    if (typeof c.gives === 'string') return assert.equal(found.ok ? found.scopes : found.code, c.gives)
    assert.ok(found.ok, found.ok ? '' : found.message)
    assert.deepEqual(found.scopes, c.gives)
    assert.deepEqual(found.actors.at(-1), { type: 'agent', id: agent.slug })
    assert.ok(found.lineage.includes(parent.jti))
    return undefined
  })
}

test('the next in a chain rests on the consent the chain rests on', () => {
  const first = delegate(token(alice), own(bot), bot, [], [consent()], { scopes: null, audience: null }, setting)
  assert.ok(first.ok)
  const parent = token(alice, { ...first, jti: 'second', expiresAt: first.notAfter })
  const second = delegate(parent, own(tool), tool, [bot], [], { scopes: null, audience: null }, setting)
  assert.ok(second.ok)
  assert.deepEqual(second.actors.map(printEntity), ['agent:bot', 'agent:tool'])
  assert.deepEqual(second.consents, ['con_1'])
  assert.deepEqual(second.lineage, ['jti-alice', 'jti-bot', 'second', 'jti-tool'])
})

const SCOPES = ['a', 'b', 'c', 'd']
const AUDIENCES = [ISSUER, 'https://one.test', 'https://two.test']
const subset = (all: readonly string[]) => fc.subarray([...all])
const wish = fc.record({
  scopes: fc.option(subset(SCOPES)),
  audience: fc.option(subset(AUDIENCES).filter(list => list.length > 0)),
})
const agents = fc.array(
  fc.record({
    capabilities: subset(SCOPES),
    lifetime: fc.integer({ min: 1, max: 900 }),
    depth: fc.option(fc.integer({ min: 1, max: 4 })),
    ownLeft: fc.integer({ min: 1, max: 900 }),
    wanted: wish,
  }),
  { minLength: 1, maxLength: 5 },
)

test('no hop ever widens: scopes, audience, life and depth', () => {
  fc.assert(
    fc.property(
      subset(SCOPES),
      subset(AUDIENCES),
      fc.integer({ min: 1, max: 900 }),
      agents,
      (scopes, audience, left, hops) => {
        let parent = token(alice, { scopes, audience, expiresAt: NOW + left * 1000 })
        const chain: Agent[] = []
        for (const [i, hop] of hops.entries()) {
          const agent = agentNamed(`a${i}`, {
            capabilities: [...hop.capabilities, 'delegate:user'],
            tokenLifetime: hop.lifetime,
            delegation: { ...DELEGATING, requireConsent: false, maxDepth: hop.depth },
          })
          const mine = own(agent, { expiresAt: NOW + hop.ownLeft * 1000 })
          const found = delegate(parent, mine, agent, chain, [], hop.wanted, setting)
          if (!found.ok) return
          chain.push(agent)
          assertNarrower(parent, found)
          assert.ok(found.scopes.every(s => agent.capabilities.includes(s)))
          assert.ok(found.notAfter <= Math.min(mine.expiresAt, NOW + hop.lifetime * 1000))
          assert.equal(found.actors.length, i + 1)
          for (const one of chain) assert.ok(found.actors.length <= Math.min(3, one.delegation.maxDepth ?? 3))
          assert.ok([parent.jti, ...parent.lineage, mine.jti].every(jti => found.lineage.includes(jti)))
          parent = token(alice, { ...found, jti: `t${i}`, expiresAt: found.notAfter })
        }
      },
    ),
    { seed: 5, numRuns: 3_000 },
  )
})

test('narrowing for the same holder keeps the chain, and only narrows', () => {
  fc.assert(
    fc.property(subset(SCOPES), subset(AUDIENCES), wish, (scopes, audience, wanted) => {
      const parent = token(alice, { scopes, audience, actors: [{ type: 'agent', id: 'bot' }], lineage: ['root'] })
      const found = narrow(parent, wanted, setting)
      if (!found.ok) return
      assertNarrower(parent, found)
      assert.deepEqual(found.actors, parent.actors)
      assert.deepEqual(found.lineage, ['root', parent.jti])
    }),
    { seed: 6, numRuns: 2_000 },
  )
})

function assertNarrower(parent: AccessToken, found: Narrowed): void {
  assert.ok(found.scopes.length > 0 && found.scopes.every(s => parent.scopes.includes(s)))
  assert.ok(parent.audience.includes(ISSUER) || found.audience.every(a => parent.audience.includes(a)))
  assert.ok(found.notAfter <= parent.expiresAt)
  assert.deepEqual(found.subject, parent.subject)
}

test('a token says all that it is, and is read back the same', () => {
  const one = token(alice, {
    actors: [
      { type: 'agent', id: 'bot' },
      { type: 'agent', id: 'tool' },
    ],
    audience: [ISSUER, 'https://one.test'],
    lineage: ['root', 'next'],
    consents: ['con_1'],
    jkt: 'thumb',
    task: 'task_1',
    mayAct: { type: 'agent', id: 'other' },
  })
  for (const order of ['outermost_first', 'rfc8693'] as const) {
    const { nbf: _, ...claims } = claimsOf(one, order)
    assert.deepEqual(tokenOf(claims), one)
  }
})

test('the order of `act` is the org\u2019s choice, and one actor is the same in both', () => {
  const chain = ['bot', 'tool'].map(id => ({ type: 'agent', id }))
  assert.deepEqual(actOf(chain, 'outermost_first'), { sub: 'agent:bot', act: { sub: 'agent:tool' } })
  assert.deepEqual(actOf(chain, 'rfc8693'), { sub: 'agent:tool', act: { sub: 'agent:bot' } })
  assert.deepEqual(actOf(chain.slice(0, 1), 'rfc8693'), { sub: 'agent:bot' })
  assert.equal(actOf([], 'rfc8693'), null)
})

const NEVER_OURS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no subject', { sub: undefined }],
  ['a chain that begins with somebody else', { chain: ['user:bob', 'agent:bot'] }],
  ['a chain with a nameless actor', { chain: ['user:alice', 'agent'] }],
  ['no audience', { aud: [] }],
  ['an audience that is no text', { aud: [1] }],
  ['a broken end', { exp: '12' }],
  ['a lineage that is no list', { lineage: 'x' }],
]

for (const [name, wrong] of NEVER_OURS) {
  test(`claims that are never ours: ${name}`, () => {
    const claims = { ...claimsOf(token(alice, { actors: [{ type: 'agent', id: 'bot' }] }), 'rfc8693'), ...wrong }
    assert.equal(tokenOf(JSON.parse(JSON.stringify(claims))), null)
  })
}
