import assert from 'node:assert/strict'
import type { Database } from '../../../src/adapters/sql/database.ts'
import { storeOn } from '../../../src/adapters/store.ts'
import type { Change, Store, StoreErrorCode, TranslationRow } from '../../../src/facts/store.ts'

/** What a case is given: the store, the database under it as the service's role, and a new org of its own. */
export interface Bench {
  readonly store: Store
  readonly db: Database
  readonly org: () => Promise<string>
}

export type Case = readonly [name: string, run: (bench: Bench) => Promise<void>]

let orgs = 0

export function benchOn(db: Database): Bench {
  const store = storeOn(db)
  return {
    db,
    store,
    async org() {
      orgs += 1
      const slug = `org-${process.pid}-${orgs}`
      await store.createOrg({ slug, name: `Org ${orgs}`, zone: 'Europe/Berlin' })
      return slug
    },
  }
}

/** Fails unless `running` fails with a store error of that code. */
export async function refusedWith(code: StoreErrorCode, running: Promise<unknown>): Promise<void> {
  await assert.rejects(running, { name: 'StoreError', code })
}

export const ERROR = { onConflict: 'error' } as const
export const IGNORE = { onConflict: 'ignore' } as const

export const tuple = (object: string, relation: string, user: string) => ({ object, relation, user, condition: null })

export const writes = (...tuples: readonly ReturnType<typeof tuple>[]): Change => ({
  kind: 'tuples',
  writes: tuples,
  deletes: [],
})

export const policy = (version: number, text = `text of ${version}`): Change => ({
  kind: 'policy',
  version,
  text,
  author: 'alice',
  note: `note of ${version}`,
})

export const translationRow = (id: string, at: number): TranslationRow => ({
  id,
  at,
  author: 'key:a',
  text: `Translate "${id}".\n  Zoë 😀`,
  textHash: 'f'.repeat(64),
  model: 'm',
  outcome: 'ready',
  failure: null,
  rounds: 2,
  promptTokens: 3_000_000_000,
  completionTokens: 0,
  draft: null,
  answer: { sentences: [{ from: 1, rules: ['Users can view documents.'] }], warnings: [] },
})
