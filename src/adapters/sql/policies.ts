import type { PolicyDraft, PolicyVersion, Store } from '../../facts/store.ts'
import type { Database, Row } from './database.ts'
import { inOrg } from './org-scope.ts'
import { mustBeStorable, storable } from './text.ts'

interface VersionRow extends Row {
  readonly version: number
  readonly text: string
  readonly author: string
  readonly note: string
  readonly published_at: number
}

interface DraftRow extends Row {
  readonly id: string
  readonly text: string
  readonly author: string
  readonly updated_at: number
  readonly base_version: number | null
}

export const versionOf = ({ version, text, author, note, published_at }: VersionRow): PolicyVersion => ({
  version,
  text,
  author,
  note,
  publishedAt: published_at,
})

const draftOf = ({ id, text, author, updated_at, base_version }: DraftRow): PolicyDraft => ({
  id,
  text,
  author,
  updatedAt: updated_at,
  baseVersion: base_version,
})

type Policies = Pick<Store, 'versions' | 'version' | 'saveDraft' | 'draft' | 'drafts' | 'deleteDraft'>

/** Published texts, newest first; drafts, last touched first. */
export function policies(db: Database): Policies {
  return {
    async versions(org, before, limit) {
      const rows = await inOrg(db, org, tx =>
        tx.query<VersionRow>(
          `select * from lumoauth.policy_versions where org = $1 and ($2::bigint is null or version < $2::bigint)
            order by version desc limit $3::integer`,
          [org, before, limit],
        ),
      )
      return rows.map(versionOf)
    },

    async version(org, version) {
      if (!Number.isSafeInteger(version)) return null
      const [row] = await inOrg(db, org, tx =>
        tx.query<VersionRow>('select * from lumoauth.policy_versions where org = $1 and version = $2::bigint', [
          org,
          version,
        ]),
      )
      return row === undefined ? null : versionOf(row)
    },

    async saveDraft(org, draft) {
      mustBeStorable(draft)
      await inOrg(db, org, tx =>
        tx.query(
          `insert into lumoauth.policy_drafts (org, id, text, author, updated_at, base_version)
            values ($1, $2, $3, $4, $5::bigint, $6::bigint)
            on conflict (org, id) do update
            set text = excluded.text, author = excluded.author, updated_at = excluded.updated_at,
              base_version = excluded.base_version`,
          [org, draft.id, draft.text, draft.author, draft.updatedAt, draft.baseVersion],
        ),
      )
    },

    async draft(org, id) {
      if (!storable(id)) return null
      const [row] = await inOrg(db, org, tx =>
        tx.query<DraftRow>('select * from lumoauth.policy_drafts where org = $1 and id = $2', [org, id]),
      )
      return row === undefined ? null : draftOf(row)
    },

    async drafts(org, limit) {
      const rows = await inOrg(db, org, tx =>
        tx.query<DraftRow>(
          'select * from lumoauth.policy_drafts where org = $1 order by updated_at desc, id desc limit $2::integer',
          [org, limit],
        ),
      )
      return rows.map(draftOf)
    },

    async deleteDraft(org, id) {
      if (!storable(id)) return false
      const gone = await inOrg(db, org, tx =>
        tx.query('delete from lumoauth.policy_drafts where org = $1 and id = $2 returning id', [org, id]),
      )
      return gone.length > 0
    },
  }
}
