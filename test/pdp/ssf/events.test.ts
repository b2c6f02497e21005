import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lapsed, quiet, raised } from '../../../src/agents/signal.ts'
import { deliveredTo, type SsfStream, SUPPORTED_EVENTS, sameSubject } from '../../../src/agents/ssf-stream.ts'
import type { Registered } from '../../../src/facts/registry.ts'
import { type Fetch, FetchError } from '../../../src/lib/fetch.ts'
import { eventsOf, type Known } from '../../../src/pdp/ssf/events.ts'
import { postSet } from '../../../src/pdp/ssf/post.ts'
import { parcelFor } from '../../../src/pdp/ssf/set.ts'
import type { JsonObject } from '../../../src/policy/json.ts'
import { agentNamed, userNamed } from '../../support/registered.ts'

const ISS = 'https://auth.test/orgs/acme/api/v1'
const known: Known = {
  issuer: ISS,
  named: (kind, id) => (id === 'agt_bot' ? `${kind}:bot` : null),
  capabilities: subject => (subject === 'agent:bot' ? ['x', 'y'] : null),
}
const iss = (sub: string): JsonObject => ({ format: 'iss_sub', iss: ISS, sub })

const stream = (more: Partial<SsfStream> = {}): SsfStream => ({
  kind: 'ssf_stream',
  id: 'ssf_1',
  owner: 'key:a',
  audience: ['rx'],
  description: null,
  delivery: { kind: 'poll' },
  requested: null,
  status: 'enabled',
  reason: null,
  excluded: [],
  said: null,
  verifiedAt: null,
  createdAt: 0,
  updatedAt: 0,
  version: 1,
  ...more,
})

const made = (entry: Registered, by = 'key:a') =>
  eventsOf({ revision: 5, at: 61_000, change: { kind: 'registered', entry, by } }, known)

const SAME: readonly (readonly [what: string, a: JsonObject, b: JsonObject, same: boolean])[] = [
  ['the same', iss('agent:a'), iss('agent:a'), true],
  ['in another order', { sub: 'x', iss: 'y', format: 'iss_sub' }, { format: 'iss_sub', iss: 'y', sub: 'x' }, true],
  ['another one', iss('agent:a'), iss('agent:b'), false],
  ['with more to it', iss('agent:a'), { ...iss('agent:a'), more: 1 }, false],
  ['another format', { format: 'opaque', id: 'x' }, { format: 'email', id: 'x' }, false],
  ['complex, the same', { format: 'complex', user: iss('u') }, { format: 'complex', user: iss('u') }, true],
  [
    'complex, a member missing',
    { format: 'complex', user: iss('u') },
    { format: 'complex', user: iss('u'), session: { format: 'opaque', id: '1' } },
    true,
  ],
  ['complex, nothing in common', { format: 'complex', user: iss('u') }, { format: 'complex', device: iss('d') }, true],
  ['complex, one member another', { format: 'complex', user: iss('u') }, { format: 'complex', user: iss('v') }, false],
  ['complex and simple', { format: 'complex', user: iss('u') }, iss('u'), false],
]
for (const [what, a, b, same] of SAME) {
  test(`subjects: ${what}`, () => {
    assert.equal(sameSubject(a, b), same)
    assert.equal(sameSubject(b, a), same)
  })
}

test('what is nobody else’s business makes no event', () => {
  for (const entry of [agentNamed('a'), userNamed('u'), stream()]) assert.deepEqual(made(entry), [])
})

test('a narrowed agent is told as what it may do now, then as what ended', () => {
  const entry: Registered = {
    kind: 'revocation',
    id: 'rev_1',
    of: { kind: 'subject', subject: 'agent:bot' },
    at: 1,
    until: 2,
    reason: 'may do less',
  }
  const [first, second] = made(entry)
  assert.match(first?.type ?? '', /token-claims-change$/)
  assert.deepEqual(first?.claims.claims, { scope: 'x y', capabilities: ['x', 'y'] })
  assert.match(second?.type ?? '', /session-revoked$/)
  assert.deepEqual([first?.subject, first?.txn, second?.txn], [iss('agent:bot'), 'rev_1.5', 'rev_1.5'])
  assert.deepEqual(second?.claims.event_timestamp, 61)
  assert.equal(made({ ...entry, reason: 'leaked' }).length, 1)
})

test('another level of risk is told, and the same one is not', () => {
  const calm = quiet({ type: 'agent', id: 'bot' }, 1)
  const high = raised(calm, { level: 'critical', until: null, source: 'key:a', reason: 'odd hours' }, 9)
  const [event] = made(high)
  assert.match(event?.type ?? '', /risk-level-change$/)
  assert.deepEqual(event?.subject, iss('agent:bot'))
  const { principal, current_level, risk_reason } = event?.claims ?? {}
  assert.deepEqual([principal, current_level, risk_reason], ['AGENT', 'HIGH', 'odd hours'])
  const again = raised(high, { level: 'critical', until: null, source: 'key:b', reason: null }, 12)
  assert.deepEqual(made(again), [])
  assert.deepEqual(made(lapsed(again, 20))[0]?.claims.current_level, 'LOW')
  const task = raised(
    quiet({ type: 'task', id: 't1' }, 1),
    { level: 'high', until: null, source: 'x', reason: null },
    5,
  )
  assert.deepEqual(made(task)[0]?.subject, { format: 'complex', session: { format: 'opaque', id: 't1' } })
})

test('who began it is said', () => {
  const entry: Registered = {
    kind: 'revocation',
    id: 'r',
    of: { kind: 'token', jti: 'j' },
    at: 1,
    until: 2,
    reason: '',
  }
  const by = (name: string) => made(entry, name)[0]?.claims.initiating_entity
  assert.deepEqual([by('key:x'), by('user:ann'), by('agent:bot')], ['admin', 'user', 'system'])
})

test('a stream gets what it asked for and what is its own', () => {
  const entry: Registered = {
    kind: 'revocation',
    id: 'r',
    of: { kind: 'token', jti: 'j' },
    at: 1,
    until: 2,
    reason: '',
  }
  const [event] = made(entry)
  assert.ok(event)
  const placed = { place: '5.0', event }
  const first = parcelFor(stream(), placed)
  assert.deepEqual(parcelFor(stream(), placed), first)
  assert.notEqual(parcelFor(stream({ id: 'ssf_2' }), placed)?.event, first?.event)
  assert.equal(parcelFor(stream({ requested: [] }), placed), null)
  assert.equal(parcelFor(stream({ status: 'disabled' }), placed), null)
  assert.equal(parcelFor(stream({ excluded: [event.subject] }), placed), null)
  assert.ok(parcelFor(stream({ requested: ['urn:unknown', ...SUPPORTED_EVENTS] }), placed))
  assert.deepEqual(deliveredTo(stream({ requested: ['urn:unknown'] })), [])
  const [verify] = made(stream({ said: { kind: 'verify', state: 's' } }))
  assert.ok(verify)
  const own = { place: '6.0', event: verify }
  assert.ok(parcelFor(stream({ requested: [], status: 'disabled' }), own))
  assert.equal(parcelFor(stream({ id: 'ssf_2' }), own), null)
})

const answering =
  (status: number, text = ''): Fetch =>
  async () => ({ status, headers: {}, text })

test('what an answer to a push is taken for', async () => {
  const post = (fetch: Fetch, tried = 0) => postSet(fetch, 'https://rx.test/', null, 'a.b.c', tried)
  assert.deepEqual(await post(answering(202)), { kind: 'arrived', status: 202 })
  const refused = answering(400, '{"err":"invalid_key","description":"<script>"}')
  assert.deepEqual(await post(refused), {
    kind: 'failed',
    status: 400,
    error: 'it refused the token: invalid_key',
    final: false,
  })
  const last = await post(refused, 4)
  assert.ok(last.kind === 'failed' && last.final === true)
  const away = await post(answering(503), 100)
  assert.ok(away.kind === 'failed' && away.final === false, 'one that is away is waited for')
  const busy: Fetch = async () => Promise.reject(new FetchError('busy', 'busy'))
  assert.deepEqual(await post(busy), { kind: 'held_up' })
})
