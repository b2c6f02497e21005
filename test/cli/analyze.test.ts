import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, scratch } from './harness.ts'

const MODEL = ['--model', 'models/acme.fga', '--zone', 'Europe/Berlin']

test('flaws are shown in their place, with an example', async () => {
  const file = join(scratch(), 'flawed.policy')
  writeFileSync(
    file,
    '# Salaries\nContractors are users whose kind is "contract".\nContractors can view salaries.\nUsers cannot view salaries.\n',
  )
  const { code, out, err } = await cli(['analyze', file, ...MODEL])
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  assert.match(out, new RegExp(`^${file}:3:1: contradicts: `))
  assert.match(out, /^ {2}Contractors can view salaries\.\n {2}\^{29}$/m)
  assert.match(out, /^ {2}for example: user:alice, whose kind is "contract", cannot view salary:1$/m)
  assert.match(out, /^1 finding$/m)
})

test('--before tells what changes, of both texts', async () => {
  const dir = scratch()
  const [now, was] = [join(dir, 'now.policy'), join(dir, 'was.policy')]
  writeFileSync(was, 'Users can view salaries on weekdays.\nNobody can view salaries from 10.1.0.0/16.\n')
  writeFileSync(now, 'Users can view salaries on weekdays and weekends.\n')
  const { code, out } = await cli(['analyze', now, '--before', was, ...MODEL])
  assert.equal(code, 0)
  assert.match(out, new RegExp(`^${now}:1:1: wider: .*user:alice can now view salary:1 on Saturday`, 'm'))
  assert.match(out, new RegExp(`^${was}:2:1: wider: without .* from 10\\.1\\.0\\.`, 'm'))
  const json = JSON.parse((await cli(['analyze', now, '--before', was, ...MODEL, '--json'])).out)
  assert.equal(json.complete, true)
  assert.deepEqual(
    json.findings.map((f: { kind: string }) => f.kind),
    ['wider', 'wider'],
  )
  assert.deepEqual(
    json.findings.map((f: { example: { before: string; effect: string } }) => [f.example.before, f.example.effect]),
    [
      ['deny', 'allow'],
      ['deny', 'allow'],
    ],
  )
})

test('a text with errors is not analysed, and a budget that is spent is said', async () => {
  const file = join(scratch(), 'some.policy')
  writeFileSync(file, 'Users can view documnts.\n')
  assert.equal((await cli(['analyze', file, ...MODEL])).code, 1)
  writeFileSync(file, 'Users can view documents on weekdays.\nUsers can edit documents on weekends.\n')
  const { code, out } = await cli(['analyze', file, ...MODEL, '--budget', '1'])
  assert.equal(code, 0)
  assert.match(out, /the budget is spent\n/)
  assert.match(out, /not everything could be told\n$/)
  assert.equal((await cli(['analyze', file, '--budget', 'much'])).code, 2)
})
