import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, scratch } from './harness.ts'

const MODEL = ['--model', 'models/acme.fga']

test('what ships compiles', async () => {
  const runs = await Promise.all([
    cli(['compile', 'examples/acme/acme.policy', ...MODEL, '--zone', 'Europe/Berlin']),
    cli(['compile', 'policies/agents.policy', 'policies/management.policy', '--model', 'models/system.fga']),
  ])
  for (const { code, out, err } of runs) {
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    assert.match(out, /, 0 errors, 0 warnings\n$/)
  }
})

test('--print gives sentences that compile to themselves', async () => {
  const first = await cli(['compile', 'examples/acme/acme.policy', ...MODEL, '--print'])
  const sentences = first.out.split('\n\n')[0] ?? ''
  const file = join(scratch(), 'printed.policy')
  writeFileSync(file, `${sentences}\n`)
  const second = await cli(['compile', file, ...MODEL, '--print'])
  assert.equal(first.code, 0)
  assert.equal(second.out, first.out)
})

test('every fault of every file is shown in its place, with a caret', async () => {
  const dir = scratch()
  const [one, two] = [join(dir, 'one.policy'), join(dir, 'two.policy')]
  writeFileSync(one, '# heading\nAlice can edit documnts.\nUsers can view documents')
  writeFileSync(two, 'Users can view documents.\n\n\tNonsense without a verb.\n')
  const { code, out } = await cli(['compile', one, two, ...MODEL])
  assert.equal(code, 1)
  assert.match(out, new RegExp(`^${one}:2:16: error: .*\`documnts\``, 'm'))
  assert.match(out, /^ {2}Alice can edit documnts\.\n {17}\^{8}$/m)
  assert.match(out, new RegExp(`^${two}:3:\\d+: error: `, 'm'))
  assert.match(out, /perhaps: .*document/)
  assert.match(out, /, 2 errors, \d+ warnings?\n$/)
})

test('--json is for machines', async () => {
  const file = join(scratch(), 'bad.policy')
  writeFileSync(file, 'Alice can edit documnts.\n')
  const { code, out } = await cli(['compile', file, ...MODEL, '--json'])
  assert.equal(code, 1)
  const { ok, diagnostics } = JSON.parse(out)
  assert.equal(ok, false)
  assert.deepEqual([diagnostics[0].file, diagnostics[0].span.line], [file, 1])
})

test('control characters of a policy do not reach the terminal', async () => {
  const file = join(scratch(), 'escape.policy')
  writeFileSync(file, 'Alice can \u001b[31medit documnts.\n')
  const { code, out } = await cli(['compile', file, ...MODEL])
  assert.equal(code, 1)
  assert.ok(!out.includes('\u001b'))
  assert.match(out, /\\u001b/)
})

test('what cannot be read is one line, exit code 2', async () => {
  const dir = scratch()
  const bytes = join(dir, 'bytes.policy')
  const model = join(dir, 'bad.fga')
  writeFileSync(bytes, Buffer.from([0x41, 0xff, 0xfe]))
  writeFileSync(model, 'model\n  schema 1.1\ntype document\n  relations\n    define owner: [usr]\n')
  const runs = await Promise.all([
    cli(['compile', join(dir, 'none.policy')]),
    cli(['compile', dir]),
    cli(['compile', bytes]),
    cli(['compile', 'examples/acme/acme.policy', ...MODEL, '--zone', 'Europe/Berln']),
    cli(['compile', 'examples/acme/acme.policy', '--model', model]),
  ])
  const says = [
    /there is no such file/,
    /that is a directory/,
    /not UTF-8/,
    /`Europe\/Berln` is no time zone/,
    /bad\.fga:5:/,
  ]
  for (const [i, { code, err }] of runs.entries()) {
    assert.equal(code, 2)
    assert.match(err, says[i] ?? /^$/)
  }
})

test('a model in modules is read from its fga.mod, and a fault is told of its file', async () => {
  const dir = scratch()
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const mod = write('fga.mod', "schema: '1.2'\ncontents:\n  - core.fga\n  - wiki.fga\n")
  write('core.fga', 'module core\ntype user\n')
  const wiki = write('wiki.fga', 'module wiki\ntype page\n  relations\n    define editor: [user]\n')
  const policy = write('wiki.policy', 'Editors of a page can edit it.\n')
  const good = await cli(['compile', policy, '--model', mod])
  assert.deepEqual([good.code, good.err], [0, ''])
  write('wiki.fga', 'module wiki\ntype page\n  relations\n    define editor: [nobody]\n')
  const bad = await cli(['compile', policy, '--model', mod])
  assert.notEqual(bad.code, 0)
  assert.match(bad.err, new RegExp(`${wiki}:4:\\d+: .*nobody`))
  write('fga.mod', "schema: '1.2'\ncontents:\n  - gone.fga\n")
  assert.match((await cli(['compile', policy, '--model', mod])).err, /gone\.fga.*there is no such file/)
})
