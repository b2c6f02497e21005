import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ADMIN_KEY, type App, startApp } from '../support/app.ts'

const PAGE = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs', 'agents.md'), 'utf8')

/** What the page says each line answers, in order. */
const EXPECTED = /# (\d{3})$/gm

describe('the page on agents', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  test('every line does what the page says, from the first to the last', async () => {
    const script = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n')
    const expected = [...script.matchAll(EXPECTED)].map(([, status]) => status)
    assert.ok(expected.length > 20)
    const env = { PATH: process.env.PATH ?? '', URL: app.running.url, KEY: ADMIN_KEY }
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], { env })
    assert.equal(stderr, '')
    assert.deepEqual(stdout.trim().split('\n'), expected)
  })
})
