import type { Store } from '../../facts/store.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Database } from './database.ts'
import { inOrg } from './org-scope.ts'
import { rowKey } from './row-key.ts'
import { mustBeStorable, storable } from './text.ts'

type Models = Pick<Store, 'model' | 'models' | 'assertions' | 'saveAssertions' | 'writtenAt'>

/** Models by id and newest first, what is kept with them, and when tuples were written. */
export function models(db: Database): Models {
  return {
    async model(org, id) {
      if (!storable(id)) return null
      const [row] = await inOrg(db, org, tx =>
        tx.query<{ id: string; dsl: string }>('select id, dsl from lumoauth.models where org = $1 and id = $2', [
          org,
          id,
        ]),
      )
      return row ?? null
    },

    models: (org, before, limit) =>
      inOrg(db, org, tx =>
        tx.query<{ id: string; dsl: string }>(
          `select id, dsl from lumoauth.models where org = $1 and ($2::text is null or revision <
              (select revision from lumoauth.models where org = $1 and id = $2))
            order by revision desc limit $3::integer`,
          [org, before, limit],
        ),
      ),

    async assertions(org, model) {
      const [row] = await inOrg(db, org, tx =>
        tx.query<{ assertions: readonly JsonObject[] }>(
          'select assertions from lumoauth.assertions where org = $1 and model = $2',
          [org, model],
        ),
      )
      return row?.assertions ?? []
    },

    async saveAssertions(org, model, assertions) {
      mustBeStorable(assertions)
      await inOrg(db, org, tx =>
        tx.query(
          `insert into lumoauth.assertions (org, model, assertions) values ($1, $2, $3::json)
            on conflict (org, model) do update set assertions = excluded.assertions`,
          [org, model, JSON.stringify(assertions)],
        ),
      )
    },

    async writtenAt(org, tuples) {
      if (tuples.length === 0) return []
      const keys = tuples.map(({ object, relation, user }) => rowKey(object, relation, user))
      const rows = await inOrg(db, org, tx =>
        tx.query<{ key: string; written_at: number }>(
          'select key, written_at from lumoauth.tuples where org = $1 and key = any($2::uuid[])',
          [org, `{${keys.join()}}`],
        ),
      )
      const times = new Map(rows.map(row => [row.key, row.written_at]))
      return keys.map(key => times.get(key) ?? null)
    },
  }
}
