import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Revocation } from '../../src/agents/identity.ts'
import type { Task } from '../../src/agents/task.ts'
import { type AccessToken, claimsOf } from '../../src/agents/token.ts'
import { deadBecause } from '../../src/facts/live.ts'
import { createRegistry, type Registered } from '../../src/facts/registry.ts'
import { allDead, revokedBy } from '../../src/facts/revoked.ts'
import { createDeadSet, type DeadSet } from '../../src/receiver/dead-set.ts'
import { claimsOf as readClaims, rowOf } from '../../src/receiver/rows.ts'
import { agentNamed, serviceNamed, userNamed } from '../support/registered.ts'

// Whoever checks tokens offline by what the feed says comes to the same as the service itself.

const START = Date.UTC(2026, 2, 4)
const AGENTS = ['a', 'b', 'c']
const USERS = ['ann', 'ben']
const TASKS = ['t1', 't2']
const CONSENTS = ['con_1', 'con_2']
const IDS = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5']

const task = (id: string, state: Task['state'], version: number): Task => ({
  kind: 'task',
  id,
  session: '',
  agent: 'a',
  name: null,
  type: null,
  parent: id === 't2' ? 't1' : null,
  subject: { type: 'agent', id: 'a' },
  actors: [],
  consents: [],
  justification: null,
  budget: null,
  state,
  notes: null,
  createdAt: START,
  expiresAt: START + 86_000_000,
  endedAt: state === 'completed' ? START : null,
  version,
})

const consent = (id: string, revokedAt: number | null): Registered => ({
  kind: 'consent',
  id,
  user: 'ann',
  agent: 'a',
  scopes: [],
  grantedAt: START,
  expiresAt: null,
  revokedAt,
})

const beginning: readonly Registered[] = [
  ...AGENTS.map(slug => agentNamed(slug, { updatedAt: START })),
  ...USERS.map(id => userNamed(id, { updatedAt: START })),
  serviceNamed('crm', { updatedAt: START }),
  ...TASKS.map(id => task(id, 'active', 1)),
  ...CONSENTS.map(id => consent(id, null)),
]

type Step = (now: number, n: number) => Registered

const revocation = (of: Revocation['of'], at: number, n: number): Registered => ({
  kind: 'revocation',
  id: `rev_${n}`,
  of,
  at,
  until: at + 86_400_000,
  reason: '',
})

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...IDS).map(
    (jti): Step =>
      (now, n) =>
        revocation({ kind: 'token', jti }, now, n),
  ),
  fc.constantFrom(...AGENTS).map(
    (a): Step =>
      (now, n) =>
        revocation({ kind: 'subject', subject: `agent:${a}` }, now, n),
  ),
  fc.constantFrom(...USERS).map(
    (u): Step =>
      (now, n) =>
        revocation({ kind: 'subject', subject: `user:${u}` }, now, n),
  ),
  fc.constant<Step>((now, n) => revocation({ kind: 'subject', subject: 'service:crm', client: 'cli_crm' }, now, n)),
  fc.constantFrom(...TASKS).map(
    (t): Step =>
      (now, n) =>
        revocation({ kind: 'task', task: t }, now, n),
  ),
  fc
    .tuple(fc.constantFrom(...AGENTS), fc.constantFrom('active' as const, 'suspended' as const, 'revoked' as const))
    .map(
      ([slug, status]): Step =>
        (now, n) =>
          agentNamed(slug, { status, updatedAt: now, version: n }),
    ),
  fc.tuple(fc.constantFrom(...USERS), fc.constantFrom('active' as const, 'inactive' as const)).map(
    ([id, status]): Step =>
      (now, n) =>
        userNamed(id, { status, updatedAt: now, version: n }),
  ),
  fc.constantFrom('active' as const, 'inactive' as const).map(
    (status): Step =>
      (now, n) =>
        serviceNamed('crm', { status, updatedAt: now, version: n }),
  ),
  fc.tuple(fc.constantFrom(...TASKS), fc.constantFrom('active' as const, 'suspended' as const)).map(
    ([id, state]): Step =>
      (_now, n) =>
        task(id, state, n),
  ),
  fc.constantFrom(...CONSENTS).map(
    (id): Step =>
      now =>
        consent(id, now),
  ),
)

const tokens: fc.Arbitrary<AccessToken> = fc
  .record({
    jti: fc.constantFrom(...IDS),
    user: fc.option(fc.constantFrom(...USERS)),
    actors: fc.subarray([...AGENTS], { minLength: 1 }),
    service: fc.boolean(),
    lineage: fc.subarray([...IDS]),
    consents: fc.subarray([...CONSENTS]),
    task: fc.option(fc.constantFrom(...TASKS)),
    age: fc.integer({ min: 0, max: 12 }),
  })
  .map(({ jti, user, actors, service, lineage, consents, task: id, age }) => {
    // Who holds a token for a task is, or acts through, the agent whose task it is.
    const slugs = id === null ? actors : ['a', ...actors.filter(slug => slug !== 'a')]
    const chain = slugs.map(slug => ({ type: 'agent', id: slug }))
    const [first = { type: 'agent', id: 'a' }, ...rest] = chain
    return {
      jti,
      issuer: 'https://auth.test/orgs/acme/api/v1',
      org: 'acme',
      subject: user === null ? first : { type: 'user', id: user },
      actors: user === null ? rest : service && id === null ? [] : chain,
      clientId: service ? 'cli_crm' : 'agt_a',
      audience: ['https://api.test'],
      scopes: ['x'],
      issuedAt: START + age * 1000,
      expiresAt: START + 80_000_000,
      lineage,
      consents,
      jkt: null,
      task: id,
      mayAct: null,
    }
  })

const isDead = (set: DeadSet, token: AccessToken): boolean => {
  const tasks = token.task === 't2' ? { task_chain: ['t2', 't1'] } : {}
  const made = { ...claimsOf(token, 'outermost_first'), ...tasks }
  const claims = readClaims(JSON.parse(JSON.stringify(made)))
  assert.ok(claims)
  return set.deadBy(claims, 'kid') !== null
}

const passed = (row: object) => rowOf(JSON.parse(JSON.stringify(row)))

test('the receiver and the service agree on every token, by the feed alone and by a snapshot and the rest of the feed', () => {
  let dead = 0
  let alive = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(steps, fc.integer({ min: 0, max: 1500 })), { maxLength: 12 }),
      fc.array(tokens, { minLength: 1, maxLength: 8 }),
      fc.nat(12),
      (made, some, cut) => {
        const registry = createRegistry(beginning)
        const followed = createDeadSet()
        let late = createDeadSet()
        let now = START
        made.forEach(([step, wait], n) => {
          if (n === cut) {
            late = createDeadSet()
            const rows = allDead(registry, now).map(passed)
            late.load(rows.filter(row => row !== null))
          }
          now += wait
          const entry = step(now, n + 2)
          registry.put(entry)
          const told = revokedBy({ revision: n + 1, at: now, change: { kind: 'registered', entry, by: 'key:t' } })
          for (const set of [followed, late]) {
            if (told?.told === 'lifted') set.lift(told.lifted)
            const row = told?.told === 'dead' ? passed(told.dead) : null
            if (row !== null) set.add(row)
          }
        })
        for (const token of some) {
          const want = deadBecause(token, registry, now) !== null
          if (want) dead += 1
          else alive += 1
          assert.equal(isDead(followed, token), want, 'by the feed')
          assert.equal(isDead(late, token), want, 'by the snapshot')
        }
      },
    ),
    { seed: 20260304, numRuns: 2_000 },
  )
  assert.ok(dead > 1_000 && alive > 1_000, `${dead} dead, ${alive} alive`)
})

test('nothing is forgotten while a token of it may be taken for alive', () => {
  const set = createDeadSet()
  set.add({ kind: 'jti', key: 'j', before: null, exp: 1_000 })
  set.add({ kind: 'agent', key: 'a', before: 900, exp: 1_000 })
  for (const [server, local] of [
    [5_000, 1_000],
    [1_000, 5_000],
    [1_050, 1_050],
  ] as const) {
    set.sweep(server, local)
    assert.equal(set.size, 2)
  }
  set.sweep(2_000, 2_000)
  assert.equal(set.size, 0)
})
