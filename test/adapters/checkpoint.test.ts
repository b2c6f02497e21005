import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/adapters/store.ts'

test('the write-ahead log of the embedded database does not grow for as long as it runs', async () => {
  const db = await openDatabase({ kind: 'memory' })
  try {
    const far = async (): Promise<number> => {
      const [row] = await db.query<{ readonly bytes: number }>(
        'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()',
      )
      return row?.bytes ?? Number.NaN
    }
    let written = 0
    let most = 0
    for (let n = 0; n < 3_500; n += 1) {
      // A message that stands in the log alone, and in no table.
      await db.query(`select pg_logical_emit_message(false, 'filled', repeat('x', 60000))`)
      written += 60_000
      if (n % 500 === 0) most = Math.max(most, await far())
    }
    assert.ok(written > 200_000_000 && most < 140_000_000, `${most} of ${written} bytes`)
    const [role] = await db.query<{ readonly current_user: string }>('select current_user')
    assert.equal(role?.current_user, 'lumoauth_service')
  } finally {
    await db.close()
  }
})
