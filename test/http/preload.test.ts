import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, makeOrg, startApp } from '../support/app.ts'
import { skipWithout, startPostgres } from '../support/services.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype document\n  relations\n    define owner: [user]\n'

describe('orgs that are loaded before the first request', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  let maker: App
  before(async () => {
    if (postgres.kind === 'missing') return
    maker = await startApp({ DATABASE_URL: postgres.url })
    for (const slug of ['first', 'second']) {
      await makeOrg(maker, slug, MODEL, 'Users can read documents owned by them.')
    }
  })
  after(async () => {
    await maker?.close()
    if (postgres.kind === 'running') await postgres.stop()
  })

  const ready = async (app: App): Promise<void> => {
    for (;;) {
      const got = await app.send('GET', '/readyz', { key: null })
      if (got.status === 200) return
      assert.match(got.json.status, /^loading orgs: \d+ of \d+ are done$/)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  for (const [wanted, loaded] of [
    ['recent', ['first', 'second']],
    ['second', ['second']],
    ['first, nobody', ['first']],
  ] as const) {
    test(`PRELOAD_ORGS=${wanted}: ready when they are in memory, or cannot be`, { skip }, async () => {
      if (postgres.kind === 'missing') return
      const app = await startApp({ DATABASE_URL: postgres.url, PRELOAD_ORGS: wanted })
      await ready(app)
      const { orgs } = app.running.service
      assert.deepEqual([...orgs.loaded()].map(state => state.org.slug).sort(), loaded)
      const { text } = await app.send('GET', '/metrics', { key: null })
      assert.match(text, new RegExp(`^lumoauth_org_loads_total ${loaded.length}$`, 'm'))
      assert.match(text, /^lumoauth_orgs_bytes [1-9]\d{4,}$/m)
      await app.close()
    })
  }
})
