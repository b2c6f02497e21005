import type { Store, TranslationRow } from '../../facts/store.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Database, Row } from './database.ts'
import { inOrg } from './org-scope.ts'
import { mustBeStorable, storable } from './text.ts'

interface Stored extends Row {
  readonly id: string
  readonly at: number
  readonly author: string
  readonly text: string
  readonly text_hash: string
  readonly model: string
  readonly outcome: TranslationRow['outcome']
  readonly failure: string | null
  readonly rounds: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly draft: string | null
  readonly answer: JsonObject | null
}

const rowOf = ({ text_hash, prompt_tokens, completion_tokens, ...rest }: Stored): TranslationRow => ({
  id: rest.id,
  at: rest.at,
  author: rest.author,
  text: rest.text,
  textHash: text_hash,
  model: rest.model,
  outcome: rest.outcome,
  failure: rest.failure,
  rounds: rest.rounds,
  promptTokens: prompt_tokens,
  completionTokens: completion_tokens,
  draft: rest.draft,
  answer: rest.answer,
})

type Translations = Pick<Store, 'recordTranslation' | 'translation' | 'translations'>

/** Translations, newest first. */
export function translations(db: Database): Translations {
  return {
    async recordTranslation(org, row) {
      mustBeStorable(row)
      await inOrg(db, org, tx =>
        tx.query(
          `insert into lumoauth.translations (org, id, at, author, text, text_hash, model, outcome, failure, rounds,
              prompt_tokens, completion_tokens, draft, answer)
            values ($1, $2, $3::bigint, $4, $5, $6, $7, $8, $9, $10::integer, $11::bigint, $12::bigint, $13, $14::json)`,
          [
            ...[
              org,
              row.id,
              row.at,
              row.author,
              row.text,
              row.textHash,
              row.model,
              row.outcome,
              row.failure,
              row.rounds,
            ],
            ...[row.promptTokens, row.completionTokens, row.draft],
            row.answer === null ? null : JSON.stringify(row.answer),
          ],
        ),
      )
    },

    async translation(org, id) {
      if (!storable(id)) return null
      const [row] = await inOrg(db, org, tx =>
        tx.query<Stored>('select * from lumoauth.translations where org = $1 and id = $2', [org, id]),
      )
      return row === undefined ? null : rowOf(row)
    },

    async translations(org, before, limit) {
      if (before !== null && !storable(before)) return []
      const rows = await inOrg(db, org, tx =>
        tx.query<Stored>(
          `select * from lumoauth.translations where org = $1 and ($2::text is null
              or (at, id) < (select t.at, t.id from lumoauth.translations t where t.org = $1 and t.id = $2))
            order by at desc, id desc limit $3::integer`,
          [org, before, limit],
        ),
      )
      return rows.map(rowOf)
    },
  }
}
