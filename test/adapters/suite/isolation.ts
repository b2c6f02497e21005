import assert from 'node:assert/strict'
import { batchOf } from '../../../src/adapters/sql/decision-batch.ts'
import { SqlError } from '../../../src/adapters/sql/failure.ts'
import { type Bench, type Case, ERROR, policy, translationRow, tuple, writes } from './bench.ts'

const TABLES = [
  'orgs',
  'models',
  'tuples',
  'attributes',
  'policy_versions',
  'policy_drafts',
  'api_keys',
  'changelog',
  'decision_batches',
  'translations',
] as const

const ROW: Readonly<Record<(typeof TABLES)[number], string>> = {
  orgs: "(org, name, zone) values ($1, 'x', 'UTC')",
  models: "(org, id, dsl, revision) values ($1, 'x', 'x', 99)",
  tuples: `(org, key, object_type, object_id, relation, "user") values ($1, gen_random_uuid(), 'd', 'x', 'r', 'user:x')`,
  attributes: "(org, key, entity_type, entity_id, name, value) values ($1, gen_random_uuid(), 'd', 'x', 'n', '1')",
  policy_versions: "(org, version, text, author, note, published_at) values ($1, 99, 'x', 'x', 'x', 1)",
  policy_drafts: "(org, id, text, author, updated_at) values ($1, 'x', 'x', 'x', 1)",
  api_keys: "(id, org, name, role, hash, created_at) values (gen_random_uuid(), $1, 'x', 'x', 'x', 1)",
  changelog: "(org, revision, at, change) values ($1, 99, 1, '{}')",
  decision_batches: `(org, first, last, count, earliest, latest, effects, subjects, rows)
    values ($1, gen_random_uuid(), 'x', 1, 1, 1, 1, '{}', '')`,
  translations: `(org, id, at, author, text, text_hash, model, outcome, rounds, prompt_tokens, completion_tokens)
    values ($1, gen_random_uuid(), 1, 'x', 'x', 'x', 'x', 'failed', 1, 1, 1)`,
}

const CHANGE: Readonly<Partial<Record<(typeof TABLES)[number], string>>> = {
  orgs: "name = 'stolen'",
  models: 'revision = 77',
  attributes: "value = '0'",
  policy_drafts: "text = 'stolen'",
  api_keys: "role = 'owner'",
}

const DELETABLE = ['tuples', 'attributes', 'policy_drafts'] as const

async function filled({ store, org }: Bench): Promise<string> {
  const slug = await org()
  const key = { id: `k-${slug}`, org: slug, name: 'k', role: 'r', hash: 'h', createdAt: 1, revokedAt: null }
  await store.write(
    slug,
    [
      { kind: 'model', id: 'm', dsl: 'm' },
      writes(tuple('d:1', 'r', 'user:a')),
      { kind: 'attributes', entity: { type: 'user', id: 'a' }, set: { x: 1 }, unset: [] },
      policy(1),
      { kind: 'key', key },
    ],
    ERROR,
  )
  await store.saveDraft(slug, { id: 'd', text: 't', author: 'a', updatedAt: 1, baseVersion: null })
  const decision = {
    id: 'd',
    at: 1,
    effect: 'deny',
    subject: 'user:a',
    action: 'x',
    resource: 'd:1',
    record: {},
  } as const
  await store.appendDecisions(slug, [batchOf([decision])])
  await store.recordTranslation(slug, translationRow('t', 1))
  return slug
}

/** Runs one statement as the service inside the org, or inside none. */
const inside = ({ db }: Bench, org: string | null, sql: string, params: readonly string[]) =>
  db.transaction(async tx => {
    if (org !== null) await tx.query("select set_config('lumoauth.org', $1, true)", [org])
    return tx.query(sql, params)
  })

const sqlRefused = async (codes: readonly string[], running: Promise<unknown>, what: string): Promise<void> => {
  await assert.rejects(
    running,
    (error: unknown) => error instanceof SqlError && codes.includes(error.code),
    `${what} was not refused`,
  )
}

export const isolationCases: readonly Case[] = [
  [
    'what two orgs hold under the same names stays apart',
    async bench => {
      const [one, two] = [await filled(bench), await filled(bench)]
      await bench.store.write(one, [{ kind: 'tuples', writes: [], deletes: [tuple('d:1', 'r', 'user:a')] }], ERROR)
      await bench.store.deleteDraft(one, 'd')
      assert.equal((await bench.store.snapshot(two)).tuples.length, 1)
      assert.equal((await bench.store.drafts(two, 10)).length, 1)
      assert.equal((await bench.store.changes(two, 0, 100)).length, 5)
      assert.equal((await bench.store.snapshot(one)).tuples.length, 0)
    },
  ],
  [
    'raw sql as the service sees no row of another org, in any table',
    async bench => {
      const [mine, other] = [await filled(bench), await filled(bench)]
      for (const table of TABLES) {
        const own = await inside(bench, mine, `select org from lumoauth.${table}`, [])
        assert.ok(own.length > 0, `${table} shows the org's own rows`)
        assert.ok(
          own.every(row => row.org === mine),
          `${table} shows rows of others`,
        )
        for (const from of [null, mine, '', 'nowhere']) {
          const seen = await inside(bench, from, `select org from lumoauth.${table} where org = $1`, [other])
          assert.equal(seen.length, 0, `${table} shows rows of another org from ${from}`)
        }
        assert.equal((await inside(bench, null, `select org from lumoauth.${table}`, [])).length, 0)
      }
    },
  ],
  [
    'raw sql as the service writes no row of another org, in any table',
    async bench => {
      const [mine, other] = [await filled(bench), await filled(bench)]
      const before = [await bench.store.snapshot(other), await bench.store.decision(other, 'd')]
      for (const table of TABLES) {
        for (const from of [null, mine, '']) {
          await sqlRefused(
            ['42501'],
            inside(bench, from, `insert into lumoauth.${table} ${ROW[table]}`, [other]),
            `insert into ${table} from ${from}`,
          )
        }
        const change = CHANGE[table]
        if (change !== undefined) {
          const hit = await inside(bench, mine, `update lumoauth.${table} set ${change} where org = $1 returning 1`, [
            other,
          ])
          assert.equal(hit.length, 0, `update ${table}`)
        }
      }
      for (const table of DELETABLE) {
        for (const from of [null, mine]) {
          const hit = await inside(bench, from, `delete from lumoauth.${table} where org = $1 returning 1`, [other])
          assert.equal(hit.length, 0, `delete from ${table}`)
        }
      }
      assert.deepEqual([await bench.store.snapshot(other), await bench.store.decision(other, 'd')], before)
    },
  ],
  [
    'the service may not change what the history says, nor move a row to another org',
    async bench => {
      const mine = await filled(bench)
      const refused = [
        "update lumoauth.changelog set change = '{}'",
        'delete from lumoauth.changelog',
        'update lumoauth.decision_batches set count = 1',
        'delete from lumoauth.decision_batches',
        "update lumoauth.policy_versions set text = 'x'",
        'delete from lumoauth.policy_versions',
        "update lumoauth.translations set text = 'x'",
        'delete from lumoauth.translations',
        'delete from lumoauth.orgs',
        'delete from lumoauth.models',
        'delete from lumoauth.api_keys',
        "update lumoauth.orgs set org = 'other'",
        "update lumoauth.tuples set org = 'other'",
        "update lumoauth.attributes set org = 'other'",
        "update lumoauth.api_keys set hash = 'x'",
        'insert into lumoauth.api_keys (id, name, role, hash, created_at) values (gen_random_uuid(), 1, 1, 1, 1)',
        "update lumoauth.migrations set checksum = 'x'",
        'delete from lumoauth.migrations',
      ]
      for (const sql of refused) await sqlRefused(['42501'], inside(bench, mine, sql, []), sql)
    },
  ],
  [
    'the service may not lift row-level security, nor alter, own or make anything',
    async bench => {
      const mine = await filled(bench)
      const refused = [
        'alter table lumoauth.tuples disable row level security',
        'alter table lumoauth.tuples no force row level security',
        'alter table lumoauth.tuples add column x integer',
        'alter table lumoauth.tuples owner to lumoauth_service',
        'drop policy org on lumoauth.tuples',
        'create policy open on lumoauth.tuples using (true)',
        'alter policy org on lumoauth.tuples using (true)',
        'drop table lumoauth.tuples',
        'truncate lumoauth.tuples',
        'create table lumoauth.mine (a integer)',
        'create function lumoauth.mine() returns integer language sql return 1',
        'create or replace function lumoauth.find_key(key text) returns setof lumoauth.api_keys language sql as $$ select * from lumoauth.api_keys $$',
        'drop schema lumoauth cascade',
        'alter role lumoauth_service superuser',
        'alter role lumoauth_service bypassrls',
        'create role another',
        "copy lumoauth.tuples to '/tmp/stolen'",
        'set session_replication_role = replica',
      ]
      for (const sql of refused) await sqlRefused(['42501'], inside(bench, mine, sql, []), sql)
      await sqlRefused(
        ['42501'],
        bench.db.transaction(async tx => {
          await tx.exec('set local row_security = off')
          await tx.query('select * from lumoauth.tuples')
        }),
        'reading with row security off',
      )
    },
  ],
  [
    'functions the service calls resolve no name it could plant',
    async ({ db, store, org }) => {
      const slug = await org()
      await db.transaction(async tx => {
        await tx.exec('create temporary table orgs (org text, name text, zone text)').catch(() => {})
      })
      assert.equal((await store.org(slug))?.slug, slug)
      const open = await db.query<{ name: string }>(
        `select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where n.nspname = 'lumoauth' and (p.prosecdef and not coalesce(p.proconfig::text like '%search_path=pg_catalog%', false)
            or p.proacl is null or exists (select from aclexplode(p.proacl) where grantee = 0))`,
      )
      assert.deepEqual(open, [])
    },
  ],
]
