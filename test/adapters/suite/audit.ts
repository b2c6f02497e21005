import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { sealedEvent } from '../../../src/adapters/sealed-event.ts'
import { batchOf, textOf } from '../../../src/adapters/sql/decision-batch.ts'
import type { AuditEvent, ChainedEvent } from '../../../src/facts/audit.ts'
import { linkText, NO_HASH, partText } from '../../../src/facts/audit-parts.ts'
import type { Registered } from '../../../src/facts/registry.ts'
import type { Change, DecisionRow, KeyRecord } from '../../../src/facts/store.ts'
import { canonical } from '../../../src/policy/canonical.ts'
import type { Json } from '../../../src/policy/json.ts'
import { type Case, ERROR, IGNORE, policy, tuple, writes } from './bench.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const auditEvent = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: `log_${String(n).padStart(6, '0')}`,
  at: 1_000 + n,
  kind: 'token.issued',
  actor: 'agent:bot',
  target: `token:t${n}`,
  data: { n },
  ...more,
})

export const auditBatch = (events: readonly AuditEvent[]) => ({
  count: events.length,
  events: events.map(sealedEvent),
})

/** Each event stands on the one before, and its hash is that of what is documented. */
export function assertLinked(org: string, events: readonly ChainedEvent[], from: { seq: number; hash: string }): void {
  let { seq, hash } = from
  for (const { seq: place, link } of events) {
    assert.equal(place, seq + 1)
    assert.equal(link.prevHash, hash)
    assert.equal(canonical(JSON.parse(link.open) as Json), link.open)
    for (const [i, part] of link.parts.entries())
      if (part !== null) assert.equal(sha256(partText(part)), link.sealed[i])
    assert.equal(sha256(linkText(org, place, link)), link.hash)
    seq = place
    hash = link.hash
  }
}

const START = { seq: 0, hash: NO_HASH }

export const auditCases: readonly Case[] = [
  [
    'audit events take places from 1 without gaps, each on the hash of the one before',
    async ({ store, org }) => {
      const slug = await org()
      assert.deepEqual(await store.auditHead(slug), START)
      const events = Array.from({ length: 7 }, (_, n) => auditEvent(n))
      await store.appendAudit(slug, auditBatch(events.slice(0, 4)))
      await store.appendAudit(slug, auditBatch(events.slice(4)))
      const chain = await store.auditSince(slug, 0, 100)
      assert.deepEqual(
        chain.map(({ id }) => id),
        events.map(({ id }) => id),
      )
      assertLinked(slug, chain, START)
      assert.deepEqual(await store.auditHead(slug), { seq: 7, hash: chain.at(-1)?.link.hash })
      assert.deepEqual(
        (await store.auditSince(slug, 5, 1)).map(({ seq }) => seq),
        [6],
      )
    },
  ],
  [
    'an audit event that is appended again keeps its place',
    async ({ store, org }) => {
      const slug = await org()
      const events = Array.from({ length: 5 }, (_, n) => auditEvent(n))
      await store.appendAudit(slug, auditBatch(events.slice(0, 3)))
      await store.appendAudit(slug, auditBatch(events))
      await store.appendAudit(slug, auditBatch(events))
      const chain = await store.auditSince(slug, 0, 100)
      assert.equal(chain.length, 5)
      assertLinked(slug, chain, START)
    },
  ],
  [
    'an audit event is read as it was written, whatever texts it holds, and names no user in what is hashed',
    async ({ store, org }) => {
      const slug = await org()
      const whole = auditEvent(1, {
        subject: 'user:zoë@example.com',
        chain: ['agent:planner', 'agent:bot'],
        task: 'task_1',
        decision: 'dec_1',
        outcome: 'denied',
        trace: '4bf92f3577b34da6a3ce929d0e0e4736',
        ip: '192.0.2.7',
        data: {
          b: 1.5,
          a: [1e21, 'x"\\\n\u2028😀'],
          reason: 'a secret of Zoë',
          who: { is: ['user:bob', 'user:al"ice'] },
        },
        persons: { 'user:zoë@example.com': { email: 'zoë@example.com' } },
      })
      await store.appendAudit(slug, auditBatch([whole]))
      const [read] = await store.auditSince(slug, 0, 1)
      assert.ok(read !== undefined)
      assertLinked(slug, [read], START)
      const { persons, ...rest } = whole
      const { seq: _, link: __, ...event } = read
      assert.deepEqual(event, { ...rest, data: { ...rest.data, email: 'zoë@example.com' } })
      assert.doesNotMatch(read.link.open, /zoë|bob|192\.0|secret/i)
      for (const name of ['agent:bot', 'user:zoë@example.com', 'task task_1', 'decision dec_1', 'user:al"ice']) {
        assert.equal((await store.audit(slug, { limit: 5, before: null, kind: null, names: [name] })).length, 1, name)
      }
      assert.equal((await store.audit(slug, { limit: 5, before: null, kind: null, names: ['user:al'] })).length, 0)
    },
  ],
  [
    'what no database text holds is kept in an audit event as nearly as can be',
    async ({ store, org }) => {
      const slug = await org()
      await store.appendAudit(
        slug,
        auditBatch([auditEvent(1, { actor: 'agent:\0\ud800', data: { '\0': ['\udfff'] } })]),
      )
      const chain = await store.auditSince(slug, 0, 1)
      assertLinked(slug, chain, START)
      assert.equal(chain[0]?.actor, 'agent:\ufffd\ufffd')
      await store.appendAudit(slug, auditBatch([auditEvent(2, { data: { text: 'a literal \\u0000 and \\ud800' } })]))
      assertLinked(slug, await store.auditSince(slug, 1, 1), await headAt(store, slug, 1))
    },
  ],
  [
    'writers at the same time make one chain',
    async ({ store, org }) => {
      const slug = await org()
      const writers = Array.from({ length: 8 }, (_, w) => w)
      await Promise.all(
        writers.map(async w => {
          for (let n = 0; n < 5; n += 1) {
            await store.appendAudit(slug, auditBatch([auditEvent(w * 100 + n), auditEvent(w * 100 + 50 + n)]))
          }
        }),
      )
      const chain = await store.auditSince(slug, 0, 1_000)
      assert.equal(chain.length, 80)
      assertLinked(slug, chain, START)
    },
  ],
  [
    'audit events of two orgs are two chains, and an org that is not there has none',
    async ({ store, org }) => {
      const [one, two] = [await org(), await org()]
      await store.appendAudit(one, auditBatch([auditEvent(1)]))
      await store.appendAudit(two, auditBatch([auditEvent(1)]))
      const [a, b] = [await store.auditSince(one, 0, 9), await store.auditSince(two, 0, 9)]
      assert.notEqual(a[0]?.link.hash, b[0]?.link.hash)
      await assert.rejects(store.appendAudit('nowhere', auditBatch([auditEvent(1)])), { code: 'org_not_found' })
    },
  ],
  [
    'audit events are found by what they are, newest first',
    async ({ store, org }) => {
      const slug = await org()
      const found = async (query: Partial<Parameters<typeof store.audit>[1]>) =>
        (await store.audit(slug, { limit: 100, before: null, kind: null, ...query })).map(({ seq }) => seq)
      await store.appendAudit(
        slug,
        auditBatch([
          auditEvent(1),
          auditEvent(2, { kind: 'token.revoked', actor: 'user:a' }),
          auditEvent(3, { outcome: 'failure', subject: 'user:a', chain: ['agent:x', 'agent:bot'] }),
          auditEvent(4, { kind: 'consent.granted', actor: 'user:a', target: 'agent:bot' }),
        ]),
      )
      assert.deepEqual(await found({}), [4, 3, 2, 1])
      assert.deepEqual(await found({ limit: 2 }), [4, 3])
      assert.deepEqual(await found({ before: 3 }), [2, 1])
      assert.deepEqual(await found({ kind: 'token.issued' }), [3, 1])
      assert.deepEqual(await found({ kinds: ['token.revoked', 'consent.granted'] }), [4, 2])
      assert.deepEqual(await found({ kinds: [] }), [])
      assert.deepEqual(await found({ actor: 'user:a' }), [4, 2])
      assert.deepEqual(await found({ outcome: 'failure' }), [3])
      assert.deepEqual(await found({ names: ['agent:bot'] }), [4, 3, 1])
      assert.deepEqual(await found({ names: ['agent:bot', 'user:a'] }), [4, 3])
      assert.deepEqual(await found({ from: 1_002, until: 1_004 }), [3, 2])
      assert.deepEqual(await found({ actor: 'x\0', kind: '\ud800' }), [])
    },
  ],
]

/** Every kind of change, and what the audit says of it. */
const CHANGES: readonly (readonly [change: Change, kind: string, actor: string, target: string])[] = [
  [{ kind: 'model', id: 'm', dsl: 'x' }, 'model.written', 'key:k', 'model:m'],
  [writes(tuple('document:1', 'viewer', 'user:ann')), 'relations.written', 'key:k', 'document:1'],
  [
    { kind: 'attributes', entity: { type: 'user', id: 'ann' }, set: { phone: '555-0100' }, unset: ['fax'] },
    'attributes.written',
    'key:k',
    'user:ann',
  ],
  [policy(1), 'policy.published', 'alice', 'policy:1'],
  [{ kind: 'org', name: 'new name', zone: 'UTC' }, 'config.updated', 'key:k', 'org:'],
  [
    { kind: 'store', store: { id: 's', name: 's', createdAt: 1, deletedAt: null } },
    'store.created',
    'key:k',
    'store:s',
  ],
  [
    {
      kind: 'registered',
      by: 'user:root',
      entry: {
        kind: 'credential',
        id: 'cred_1',
        of: { kind: 'agent', id: 'agt_1' },
        proof: { kind: 'secret', hash: 'c0ffee' },
        createdAt: 1,
        expiresAt: null,
        retiredAt: null,
      },
    },
    'credential.created',
    'user:root',
    'agent:agt_1',
  ],
  [
    { kind: 'unregistered', of: 'credential', id: 'cred_1', by: 'user:root' },
    'credential.deleted',
    'user:root',
    'credential:cred_1',
  ],
]

export const stateAuditCases: readonly Case[] = [
  [
    'each change of state is in the audit with the change, by whom, in which request, and with no secret',
    async ({ store, org }) => {
      const slug = await org()
      const from = { actor: 'key:k', trace: 'trace-1', ip: '192.0.2.1' }
      const revision = await store.write(
        slug,
        CHANGES.map(([change]) => change),
        { ...ERROR, from },
      )
      assert.equal(revision, CHANGES.length)
      const chain = await store.auditSince(slug, 0, 100)
      assertLinked(slug, chain, START)
      const told = chain.map(({ kind, actor, target, data, trace, ip }) => [
        kind,
        actor,
        target,
        data.revision,
        trace,
        ip,
      ])
      assert.deepEqual(
        told,
        CHANGES.map(([, kind, actor, target], i) => [
          kind,
          actor,
          target === 'org:' ? `org:${slug}` : target,
          i + 1,
          'trace-1',
          '192.0.2.1',
        ]),
      )
      assert.doesNotMatch(JSON.stringify(chain), /c0ffee/)
      for (const { link } of chain) assert.doesNotMatch(link.open, /user:|192\.0|555-0100/)
    },
  ],
  [
    'a write that fails leaves no trace in the audit, and one that changes nothing tells nothing',
    async ({ store, org }) => {
      const slug = await org()
      await assert.rejects(store.write(slug, [writes(tuple('d:1', 'r', 'user:a')), policy(7)], ERROR))
      assert.deepEqual(await store.auditHead(slug), START)
      await store.write(slug, [writes(tuple('d:1', 'r', 'user:a'))], ERROR)
      await store.write(slug, [writes(tuple('d:1', 'r', 'user:a'))], IGNORE)
      assert.equal((await store.auditHead(slug)).seq, 1)
    },
  ],
  [
    'what replaces a row tells what changed; keys are made, changed and revoked',
    async ({ store, org }) => {
      const slug = await org()
      const key: KeyRecord = {
        id: `k-${slug}`,
        org: slug,
        name: 'ci',
        role: 'author',
        hash: 'c0ffee',
        createdAt: 1,
        revokedAt: null,
      }
      const user = {
        kind: 'user',
        id: 'ann',
        email: 'ann@example.com',
        emailVerified: false,
        name: 'Ann',
        givenName: null,
        familyName: null,
        groups: [],
        attributes: {},
        status: 'active',
        createdAt: 1,
        updatedAt: 1,
        version: 1,
      } as const
      const put = (entry: Registered): Change => ({ kind: 'registered', entry, by: 'key:k' })
      for (const change of [
        { kind: 'key', key },
        { kind: 'key', key: { ...key, role: 'admin' } },
        { kind: 'key', key: { ...key, revokedAt: 5 } },
        put(user),
        put({ ...user, name: 'Ann Lee', version: 2 }),
        put({ ...user, name: null, email: null, deletedAt: 9, version: 3 }),
      ] satisfies Change[]) {
        await store.write(slug, [change], ERROR)
      }
      const chain = await store.auditSince(slug, 0, 100)
      assert.deepEqual(
        chain.map(({ kind }) => kind),
        ['key.created', 'key.updated', 'key.revoked', 'user.created', 'user.updated', 'user.deleted'],
      )
      assert.deepEqual(chain[4]?.data, {
        members: ['name'],
        changes: [{ member: 'name', before: 'Ann', after: 'Ann Lee' }],
        revision: 5,
      })
      assert.doesNotMatch(JSON.stringify(chain), /c0ffee/)
      for (const { link } of chain) assert.doesNotMatch(link.open, /Ann|ann/)
    },
  ],
  [
    'a batch of decisions has its place in the chain, once',
    async ({ store, org }) => {
      const slug = await org()
      const row = (n: number): DecisionRow => ({
        id: `dec_${n}`,
        at: n,
        effect: 'allow',
        subject: 'user:a',
        action: 'read',
        resource: 'd:1',
        record: {},
      })
      const batch = batchOf([row(1), row(2)])
      await store.appendDecisions(slug, [batch])
      await store.appendDecisions(slug, [batch])
      await store.appendDecisions(slug, [batchOf([row(3)])])
      const [four, five] = [batchOf([row(4)]), batchOf([row(5), row(6)])]
      await store.appendDecisions(slug, [four, batch, batchOf([]), five, batchOf([row(3)]), four])
      const chain = await store.auditSince(slug, 0, 100)
      assertLinked(slug, chain, START)
      assert.deepEqual(
        chain.map(({ kind, data }) => [kind, data.count, data.first, data.last]),
        [
          ['decisions.logged', 2, 'dec_1', 'dec_2'],
          ['decisions.logged', 1, 'dec_3', 'dec_3'],
          ['decisions.logged', 1, 'dec_4', 'dec_4'],
          ['decisions.logged', 2, 'dec_5', 'dec_6'],
        ],
      )
      assert.deepEqual(
        [chain[0], chain[2], chain[3]].map(one => one?.data.digest),
        [batch, four, five].map(one => sha256(textOf(one))),
      )
      const kept = await store.decisionBatches(slug, null, 100)
      assert.deepEqual(
        kept.map(({ first, seq }) => [first, seq]),
        chain.map(({ data, seq }) => [data.first, seq]),
        'each batch names the place of its event',
      )
    },
  ],
]

async function headAt(
  store: { auditSince(org: string, seq: number, limit: number): Promise<readonly ChainedEvent[]> },
  org: string,
  seq: number,
) {
  const [one] = await store.auditSince(org, seq - 1, 1)
  assert.ok(one !== undefined)
  return { seq: one.seq, hash: one.link.hash }
}

const checkpointAt = (seq: number, hash: string) => ({ seq, hash, at: 5_000 + seq, jws: `jws-${seq}` })

/** What is taken from a chain, and what nobody may take. */
export const auditKeepingCases: readonly Case[] = [
  [
    'a checkpoint is kept once, with an event; what has one since is not due',
    async ({ store, org }) => {
      const slug = await org()
      await store.appendAudit(slug, auditBatch([auditEvent(1), auditEvent(2)]))
      const { seq, hash } = await store.auditHead(slug)
      const isDue = async (events: number, before: number) =>
        (await store.checkpointsDue(events, before, 10_000)).includes(slug)
      assert.deepEqual([await isDue(2, 0), await isDue(3, 0), await isDue(3, 1)], [true, false, true])
      const told = auditEvent(3, { kind: 'audit.checkpoint' })
      assert.equal(await store.addCheckpoint(slug, checkpointAt(seq, hash), told), true)
      assert.equal(await store.addCheckpoint(slug, checkpointAt(seq, hash), auditEvent(4)), false)
      assert.deepEqual(await store.checkpoints(slug, 0, 10), [checkpointAt(seq, hash)])
      assert.equal((await store.auditHead(slug)).seq, 3)
      assert.equal(await isDue(1, 9_999_999_999_999), false)
      await store.appendAudit(slug, auditBatch([auditEvent(5)]))
      assert.equal(await isDue(1, 0), true)
    },
  ],
  [
    'the beginning is removed up to a checkpoint, with the decisions told of there, and nowhere else',
    async ({ store, org }) => {
      const slug = await org()
      const row = (n: number): DecisionRow => ({
        id: `dec_${n}`,
        at: n,
        effect: 'allow',
        subject: 'user:a',
        action: 'read',
        resource: 'd:1',
        record: {},
      })
      await store.appendAudit(slug, auditBatch([auditEvent(1), auditEvent(2)]))
      await store.appendDecisions(slug, [batchOf([row(1)])])
      const { seq, hash } = await store.auditHead(slug)
      await store.addCheckpoint(slug, checkpointAt(seq, hash), auditEvent(3, { kind: 'audit.checkpoint' }))
      await store.appendDecisions(slug, [batchOf([row(2)])])
      await assert.rejects(store.dropAudit(slug, 2, auditEvent(4)))
      assert.equal((await store.auditHead(slug)).seq, 5)
      const expired = async (now: number) =>
        (await store.auditExpired(now, 1, 10_000)).filter(one => one.org === slug).map(({ days }) => days)
      assert.deepEqual([await expired(5_003 + 86_400_000), await expired(5_004 + 86_400_000)], [[], [1]])
      assert.equal(await store.dropAudit(slug, seq, auditEvent(4, { kind: 'audit.removed' })), 3)
      assert.equal(await store.dropAudit(slug, seq, auditEvent(5, { kind: 'audit.removed' })), 0)
      assert.deepEqual(await expired(Number.MAX_SAFE_INTEGER), [])
      const left = await store.auditSince(slug, 0, 100)
      assert.deepEqual(
        left.map(one => one.seq),
        [4, 5, 6],
      )
      assertLinked(slug, left, { seq, hash })
      assert.equal(await store.decision(slug, 'dec_1'), null)
      assert.equal((await store.decision(slug, 'dec_2'))?.id, 'dec_2')
    },
  ],
  [
    'the service itself changes and removes nothing of a chain but by what it is given for that',
    async ({ store, db, org }) => {
      const [slug, other] = [await org(), await org()]
      for (const one of [slug, other]) await store.appendAudit(one, auditBatch([auditEvent(1)]))
      for (const sql of [
        'delete from lumoauth.audit_events where org = $1',
        `update lumoauth.audit_events set event = '{}' where org = $1`,
        `update lumoauth.audit_checkpoints set jws = 'x' where org = $1`,
        'delete from lumoauth.audit_checkpoints where org = $1',
        'delete from lumoauth.decision_batches where org = $1',
        'delete from lumoauth.audit_heads where org = $1',
        'select lumoauth.drop_audit($1, 1)',
      ]) {
        const running = db.transaction(async tx => {
          await tx.query("select set_config('lumoauth.org', $1, true)", [slug])
          await tx.query(sql, [slug])
        })
        await assert.rejects(running, { code: '42501' }, sql)
      }
      for (const sql of [
        'select lumoauth.drop_audit($1, 1)',
        `select lumoauth.erase_audit($1, '[]')`,
        `select lumoauth.erase_changes($1, 'x')`,
      ]) {
        const running = db.transaction(async tx => {
          await tx.query("select set_config('lumoauth.org', $1, true)", [slug])
          await tx.query(sql, [other])
        })
        await assert.rejects(running, { code: '42501' }, `${sql} of another org`)
      }
      const own = await db.transaction(async tx => {
        await tx.query("select set_config('lumoauth.org', $1, true)", [slug])
        return tx.query('select org from lumoauth.audit_events')
      })
      assert.deepEqual(own, [{ org: slug }])
    },
  ],
]
