import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, scratch } from './harness.ts'

const POLICY = `Documents are resources. # and here is who may do what
Users can view documents on weekdays.

Users can edit documents
  if the request's channel is "mobile".
Only user:ann can sign documents.
Nobody can shred documents.
`

const TESTS = `policy: ../rules/my.policy
tests:
  - { name: view, subject: user:a, action: view, resource: document:1, at: 2026-03-04 10:00, expect: allow }
  - { name: edit, subject: user:a, action: edit, resource: document:1, context: { channel: web }, expect: deny }
  - { name: sign, subject: user:ann, action: sign, resource: document:1, expect: allow }
`

const MORE = `policy: [../rules/my.policy]
rules: Anyone can wave documents.
tests:
  - { name: weekend, subject: user:a, action: view, resource: document:1, at: 2026-03-07 10:00, expect: deny }
  - { name: edit, subject: user:a, action: edit, resource: document:1, context: { channel: mobile }, expect: allow }
`

function files(more: boolean): string {
  const dir = scratch()
  for (const name of ['rules', 'tests']) mkdirSync(join(dir, name))
  writeFileSync(join(dir, 'rules', 'my.policy'), POLICY)
  writeFileSync(join(dir, 'tests', 'a.test.yaml'), TESTS)
  if (more) writeFileSync(join(dir, 'tests', 'b.test.yaml'), MORE)
  return dir
}

interface Tracefile {
  readonly file: string
  readonly lines: ReadonlyMap<number, number>
  readonly branches: readonly (readonly [line: number, block: number, branch: number, taken: number | null])[]
}

/** As geninfo(1) defines it; anything else fails. */
function readLcov(text: string): readonly Tracefile[] {
  assert.ok(text.endsWith('end_of_record\n'))
  return text
    .split('end_of_record\n')
    .slice(0, -1)
    .map(record => {
      const [tn, sf, ...rest] = record.trimEnd().split('\n')
      assert.equal(tn, 'TN:')
      assert.match(sf ?? '', /^SF:\S/)
      const lines = new Map<number, number>()
      const branches: [number, number, number, number | null][] = []
      const totals = new Map<string, number>()
      for (const line of rest) {
        const [, name = '', values = ''] = /^([A-Z]+):([\d,-]+)$/.exec(line) ?? assert.fail(line)
        const numbers = values.split(',').map(v => (v === '-' ? null : Number(v)))
        if (name === 'DA') lines.set(numbers[0] ?? -1, numbers[1] ?? -1)
        else if (name === 'BRDA') branches.push(numbers as [number, number, number, number | null])
        else totals.set(name, numbers[0] ?? -1)
      }
      assert.deepEqual(Object.fromEntries(totals), {
        LF: lines.size,
        LH: [...lines.values()].filter(n => n > 0).length,
        BRF: branches.length,
        BRH: branches.filter(([, , , taken]) => (taken ?? 0) > 0).length,
      })
      assert.equal(new Set(branches.map(b => b.slice(0, 3).join())).size, branches.length)
      return { file: (sf ?? '').slice(3), lines, branches }
    })
}

test('coverage names what the tests leave open, and what is missing may fail the run', async () => {
  const dir = files(false)
  const info = join(dir, 'policy.info')
  const { code, out } = await cli(['test', dir, '--coverage', '--lcov', info, '--min-coverage', '43'])
  assert.equal(code, 1, out)
  assert.match(out, /rules\/my\.policy: 28 % \(rules 2 of 4, clauses 0 of 3\)/)
  assert.match(out, /\n {4}2:1: never failed: on weekdays\n/)
  assert.match(out, /\n {4}4:1: decided nothing: Users can edit documents if the request's channel is "mobile"\n/)
  assert.match(out, /\n {4}4:1: never held: /)
  assert.match(out, /\n {4}6:1: never held: forbids everyone else\n/)
  assert.match(out, /\n {4}7:1: decided nothing: Nobody can shred documents\n/)
  assert.match(out, /coverage is 28 %, below 43 %/)
  const [record, ...others] = readLcov(readFileSync(info, 'utf8'))
  assert.equal(others.length, 0)
  assert.ok(record?.file.endsWith('rules/my.policy'))
  assert.deepEqual(
    [...(record?.lines ?? [])],
    [
      [2, 1],
      [4, 0],
      [5, 0],
      [6, 1],
      [7, 0],
    ],
  )
  assert.deepEqual(record?.branches.slice(0, 2), [
    [2, 0, 0, 1],
    [2, 0, 1, 0],
  ])
})

test('files of tests add up, and rules within a test file have no tracefile', async () => {
  const dir = files(true)
  const info = join(dir, 'policy.info')
  const { code, out } = await cli(['test', dir, '--coverage', '--lcov', info])
  assert.equal(code, 0, out)
  assert.doesNotMatch(out, /2:1:|4:1:/)
  assert.match(out, /b\.test\.yaml \(rules\): \d+ %[^\n]*\n {4}1:1: decided nothing: Anyone can wave documents/)
  const records = readLcov(readFileSync(info, 'utf8'))
  assert.equal(records.length, 1)
  assert.equal(records[0]?.lines.get(5), 1)
  assert.equal(records[0]?.branches.filter(([line, , , taken]) => line <= 4 && taken === 0).length, 0)
})

test('a percentage that is none is refused', async () => {
  const { code, err } = await cli(['test', files(false), '--min-coverage', 'all'])
  assert.equal(code, 2)
  assert.match(err, /--min-coverage: `all` is no percentage/)
})
