import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApp } from '../support/app.ts'
import { deleting, requestOf, stage, taskOf } from '../support/jit.ts'
import { cli } from './harness.ts'

test('what agents ask for is answered from the command line', async () => {
  const app = await startApp()
  try {
    const at = await stage(app, 'cli')
    const server = ['--url', app.running.url, '--org', 'cli']
    const run = (...args: readonly string[]) =>
      cli(['approvals', ...args, ...server], { env: { LUMOAUTH_KEY: at.keys.olga ?? '' } })
    const good = async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await run(...args)
      assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`)
      return out
    }
    const task = await taskOf(at)
    const made = await requestOf(at, task, deleting('1'), { justification: 'a copy' })
    const id: string = made.request_id
    assert.match(await good('list'), new RegExp(`^${id} +pending +high +bot +- +delete document:1$`, 'm'))
    const shown = await good('show', id)
    assert.match(shown, /^because +a copy$/m)
    assert.match(shown, /^rules +Agents need approval from their owner to delete documents$/m)
    assert.match(
      await good('approve', id, '--notes', 'fine', '--seconds', '60'),
      new RegExp(`^${id} is approved$`, 'm'),
    )
    const other = await requestOf(at, task, deleting('2'))
    assert.match(await good('deny', other.request_id, '--reason', 'no'), /is denied/)
    assert.match(await good('list', '--status', 'denied'), new RegExp(other.request_id))
    const again = await run('approve', id)
    assert.deepEqual([again.code, again.out], [2, ''])
    assert.match(again.err, /is approved already/)
  } finally {
    await app.close()
  }
})
