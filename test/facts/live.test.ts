import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Agent, STATUSES } from '../../src/agents/agent.ts'
import { delegate, type Narrowed, narrow } from '../../src/agents/delegation.ts'
import type { Consent, Revocation } from '../../src/agents/identity.ts'
import { DEFAULT_TOKEN_SETTINGS } from '../../src/agents/signing-key.ts'
import type { AccessToken } from '../../src/agents/token.ts'
import { deadBecause } from '../../src/facts/live.ts'
import { createRegistry } from '../../src/facts/registry.ts'
import { agentNamed, userNamed } from '../support/registered.ts'

const ISSUER = 'https://auth.test/orgs/acme/api/v1'
const NOW = Date.UTC(2026, 2, 4)
const LATER = NOW + 1_000
const setting = {
  settings: { ...DEFAULT_TOKEN_SETTINGS, maxDepth: 8 },
  issuer: ISSUER,
  now: NOW,
  holds: (list: readonly string[], scope: string) => list.includes(scope),
}
const AGENTS: readonly Agent[] = ['a', 'b', 'c', 'd'].map(slug =>
  agentNamed(slug, {
    capabilities: ['x', 'delegate:user'],
    delegation: { actsForUsers: true, users: null, maxDepth: null, requireConsent: true },
    tokenLifetime: 600,
  }),
)
const USERS = ['alice', 'bob']
const CONSENTS: readonly Consent[] = USERS.flatMap(user =>
  AGENTS.map(({ slug }) => ({
    kind: 'consent' as const,
    id: `con_${user}_${slug}`,
    user,
    agent: slug,
    scopes: ['x'],
    grantedAt: NOW,
    expiresAt: null,
    revokedAt: null,
  })),
)

interface Node {
  readonly token: AccessToken
  /** What it was made from: places in the forest. */
  readonly parents: readonly number[]
}

const made = (jti: string, found: Narrowed): AccessToken => ({
  ...found,
  jti,
  issuer: ISSUER,
  org: 'acme',
  clientId: 'c',
  issuedAt: NOW,
  expiresAt: found.notAfter,
  jkt: null,
})

const root = (jti: string, type: string, id: string): AccessToken => ({
  jti,
  issuer: ISSUER,
  org: 'acme',
  subject: { type, id },
  actors: [],
  clientId: 'c',
  audience: [ISSUER],
  scopes: ['x'],
  issuedAt: NOW,
  expiresAt: NOW + 600_000,
  lineage: [],
  consents: [],
  jkt: null,
  task: null,
  mayAct: null,
})

/** Tokens of users and agents, and what is made of them: by another agent, or narrowed by the same. */
function grow(steps: readonly { readonly of: number; readonly by: number }[]): readonly Node[] {
  const roots = [
    ...USERS.map(id => root(`u-${id}`, 'user', id)),
    ...AGENTS.map(a => root(`a-${a.slug}`, 'agent', a.slug)),
  ]
  const forest: Node[] = roots.map(token => ({ token, parents: [] }))
  for (const { of, by } of steps) {
    const place = of % forest.length
    const parent = forest[place]?.token
    const agent = AGENTS[by]
    if (parent === undefined) continue
    const own = USERS.length + by
    const ownToken = forest[own]?.token
    const wanted = { scopes: null, audience: null }
    const found =
      agent === undefined || ownToken === undefined
        ? narrow(parent, wanted, setting)
        : delegate(parent, ownToken, agent, [], CONSENTS, wanted, setting)
    if (!found.ok) continue
    const parents = agent === undefined ? [place] : [place, own]
    forest.push({ token: made(`t-${forest.length}`, found), parents })
  }
  return forest
}

const steps = fc.array(fc.record({ of: fc.nat(60), by: fc.integer({ min: 0, max: AGENTS.length }) }), {
  minLength: 5,
  maxLength: 40,
})

function descends(forest: readonly Node[], from: number, at: number): boolean {
  return from === at || (forest[at]?.parents ?? []).some(parent => descends(forest, from, parent))
}

const registryWith = (...more: Parameters<typeof createRegistry>) =>
  createRegistry([...AGENTS, ...USERS.map(id => userNamed(id)), ...CONSENTS, ...(more[0] ?? [])])

const revoked = (of: Revocation['of'], at = LATER): Revocation => ({
  kind: 'revocation',
  id: 'rev_1',
  of,
  at,
  until: NOW + 600_000,
  reason: 'test',
})

test('a token of a random forest dies exactly when one it came from is revoked', () => {
  fc.assert(
    fc.property(steps, fc.nat(60), (grown, pick) => {
      const forest = grow(grown)
      const at = pick % forest.length
      const jti = forest[at]?.token.jti ?? ''
      const registry = registryWith([revoked({ kind: 'token', jti })])
      for (const [i, { token }] of forest.entries()) {
        assert.equal(deadBecause(token, registry, LATER) !== null, descends(forest, at, i), `${token.jti} after ${jti}`)
      }
    }),
    { seed: 11, numRuns: 1_000 },
  )
})

test('all that an agent is part of dies with it, whatever ended it, and nothing else', () => {
  const ended = STATUSES.filter(status => status !== 'active')
  fc.assert(
    fc.property(steps, fc.constantFrom(...AGENTS), fc.constantFrom(...ended), (grown, agent, status) => {
      const forest = grow(grown)
      const registry = registryWith([{ ...agent, status }])
      for (const { token } of forest) {
        const part = [token.subject, ...token.actors].some(one => one.type === 'agent' && one.id === agent.slug)
        assert.equal(deadBecause(token, registry, LATER), part ? 'identity_not_active' : null)
      }
    }),
    { seed: 12, numRuns: 500 },
  )
})

test('all that rests on a consent dies with it, and nothing else', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(...CONSENTS), (grown, consent) => {
      const forest = grow(grown)
      const registry = registryWith([{ ...consent, revokedAt: LATER }])
      for (const [i, { token }] of forest.entries()) {
        const rests = forest.some(
          (hop, place) =>
            hop.token.subject.id === consent.user &&
            hop.token.subject.type === 'user' &&
            hop.token.actors.length === 1 &&
            hop.token.actors[0]?.id === consent.agent &&
            descends(forest, place, i),
        )
        assert.equal(deadBecause(token, registry, LATER), rests ? 'consent_ended' : null)
      }
    }),
    { seed: 13, numRuns: 500 },
  )
})

test('what was issued to somebody until an instant can be ended at once', () => {
  const registry = registryWith([revoked({ kind: 'subject', subject: 'agent:a' }, NOW)])
  const token = root('t', 'agent', 'a')
  assert.equal(deadBecause(token, registry, LATER), 'revoked')
  assert.equal(deadBecause({ ...token, issuedAt: NOW + 1_000 }, registry, LATER), null)
  assert.equal(deadBecause(root('t', 'agent', 'b'), registry, LATER), null)
})

test('agents and services must be known, users may be another system\u2019s', () => {
  const registry = createRegistry()
  assert.equal(deadBecause(root('t', 'agent', 'a'), registry, NOW), 'identity_not_active')
  assert.equal(deadBecause(root('t', 'service', 'a'), registry, NOW), 'identity_not_active')
  assert.equal(deadBecause(root('t', 'user', 'a'), registry, NOW), null)
})

test('a token ends at its end', () => {
  const token = root('t', 'user', 'alice')
  assert.equal(deadBecause(token, registryWith(), token.expiresAt - 1), null)
  assert.equal(deadBecause(token, registryWith(), token.expiresAt), 'expired')
})
