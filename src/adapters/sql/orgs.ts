import type { ChangedOrgs } from '../../facts/changed-orgs.ts'
import { type KeyRecord, type Org, type Store, StoreError } from '../../facts/store.ts'
import type { Database, Row } from './database.ts'
import { mustBeStorable, storable } from './text.ts'

interface OrgRow extends Row {
  readonly org: string
  readonly name: string
  readonly zone: string
}

export interface KeyRow extends Row {
  readonly id: string
  readonly org: string | null
  readonly name: string
  readonly role: string
  readonly hash: string
  readonly created_at: number
  readonly revoked_at: number | null
}

export const orgOf = ({ org, name, zone }: OrgRow): Org => ({ slug: org, name, zone })

export const keyOf = ({ id, org, name, role, hash, created_at, revoked_at }: KeyRow): KeyRecord => ({
  id,
  org,
  name,
  role,
  hash,
  createdAt: created_at,
  revokedAt: revoked_at,
})

export const keyExists = (id: string): StoreError =>
  new StoreError('key_exists', `there is already a key with the id \`${id}\``, { id })

type CrossOrg = Pick<
  Store,
  'orgs' | 'org' | 'createOrg' | 'findKey' | 'createInstanceKey' | 'changedSince' | 'recentOrgs' | 'ping'
>

/** The calls that cannot name an org first, through the functions the database owner defined for them. */
export function crossOrg(db: Database): CrossOrg {
  return {
    async orgs(after, limit) {
      if (after !== null && !storable(after)) throw new TypeError('`after` is not the slug of an org')
      return (await db.query<OrgRow>('select * from lumoauth.list_orgs($1, $2::integer)', [after, limit])).map(orgOf)
    },

    async org(slug) {
      if (!storable(slug)) return null
      const [row] = await db.query<OrgRow>('select * from lumoauth.get_org($1)', [slug])
      return row === undefined ? null : orgOf(row)
    },

    async createOrg(org) {
      mustBeStorable(org)
      const [row] = await db.query('select lumoauth.create_org($1, $2, $3) as made', [org.slug, org.name, org.zone])
      if (row?.made !== true) {
        throw new StoreError('org_exists', `there is already an org \`${org.slug}\``, { org: org.slug })
      }
      return { slug: org.slug, name: org.name, zone: org.zone }
    },

    async findKey(id) {
      if (!storable(id)) return null
      const [row] = await db.query<KeyRow>('select * from lumoauth.find_key($1)', [id])
      return row === undefined ? null : keyOf(row)
    },

    async createInstanceKey(key) {
      mustBeStorable(key)
      if (key.org !== null) throw new TypeError('a key of an org is written as a change of that org')
      const [row] = await db.query(
        'select lumoauth.create_instance_key($1, $2, $3, $4, $5::bigint, $6::bigint) as made',
        [key.id, key.name, key.role, key.hash, key.createdAt, key.revokedAt],
      )
      if (row?.made !== true) throw keyExists(key.id)
    },

    async changedSince(horizon) {
      const [row] = await db.query<{ horizon: string; changed: ChangedOrgs['changed'] | null }>(
        `select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text as horizon,
          (select pg_catalog.json_agg(c) from lumoauth.changed_orgs($1::text::xid8) c) as changed`,
        [horizon],
      )
      if (row === undefined) throw new TypeError('a query without a condition answered no row')
      return { horizon: row.horizon, changed: row.changed ?? [] }
    },

    async recentOrgs(limit) {
      const rows = await db.query<{ org: string }>('select org from lumoauth.recent_orgs($1::integer)', [limit])
      return rows.map(({ org }) => org)
    },

    async ping() {
      await db.query('select 1')
    },
  }
}
