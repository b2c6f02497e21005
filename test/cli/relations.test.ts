import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ADMIN_KEY, type App, startApp } from '../support/app.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'
import { cli } from './harness.ts'

describe('lumoauth relations', async () => {
  const openfga = await startOpenfga()
  const skip = skipWithout(openfga)
  let app: App
  before(async () => {
    if (openfga.kind === 'running') app = await startApp({ OPENFGA_API_URL: openfga.url, OPENFGA_TIMEOUT_MS: '5000' })
  })
  after(async () => {
    await app?.close()
    if (openfga.kind === 'running') await openfga.stop()
  })
  const relations = (...args: readonly string[]) =>
    cli(['relations', ...args, '--org', 'acme-corp', '--url', app.running.url], { env: { LUMOAUTH_KEY: ADMIN_KEY } })

  test('moves the demo org there, verifies, and moves it back', { skip }, async () => {
    const before = await app.ask('user:alice', 'view', 'document:roadmap')
    const there = await relations('move', '--to', 'server')
    assert.deepEqual([there.code, there.err], [0, ''])
    assert.match(
      there.out,
      /the relations of acme-corp are on the server `default`\n {2}\d+ tuples compared, 0 differ\n/,
    )
    const moved = await app.ask('user:alice', 'view', 'document:roadmap')
    assert.equal(moved.json.decision, before.json.decision)
    const verified = await relations('verify')
    assert.equal(verified.code, 0, verified.err)
    assert.match(verified.out, /0 answered otherwise/)
    const back = await relations('move', '--to', 'embedded')
    assert.equal(back.code, 0, back.err)
    assert.match(back.out, /are embedded/)
  })

  test('what cannot be is one line', { skip }, async () => {
    for (const [args, says] of [
      [['move'], /--to: expected/],
      [['move', '--to', 'mars'], /`mars`/],
      [['move', '--to', 'server:no'], /`no` is not in the settings/],
      [['move', '--abort'], /no move is under way/],
      [['verify'], /embedded/],
    ] as const) {
      const { code, err } = await relations(...args)
      assert.equal(code, 2)
      assert.match(err, says)
      assert.equal(err.trim().split('\n').length, 1, err)
    }
  })
})
