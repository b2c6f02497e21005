import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cli } from './harness.ts'

const COMMANDS = [
  'serve',
  'compile',
  'check',
  'explain',
  'ask',
  'format',
  'print',
  'test',
  'translate',
  'diff',
  'impact',
  'publish',
  'rollback',
  'history',
  'signing-keys',
  'migrate',
]

test('--help names every command', async () => {
  const { code, out, err } = await cli(['--help'])
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  for (const command of COMMANDS) assert.match(out, new RegExp(`^  ${command}\\b`, 'm'))
})

for (const command of COMMANDS) {
  test(`${command} --help shows examples of itself`, async () => {
    const { code, out, err } = await cli([command, '--help'])
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    const examples = out.split('Examples:')[1] ?? ''
    assert.match(examples, new RegExp(`lumoauth ${command}\\b`))
  })
}

test('--version prints the version of the package', async () => {
  const { code, out } = await cli(['--version'])
  assert.equal(code, 0)
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
})

const WRONG: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: ['frobnicate'], says: /unknown command 'frobnicate'/ },
  { args: ['compil'], says: /Did you mean compile/ },
  { args: ['serve', '--port', '1'], says: /unknown option '--port'/ },
  { args: ['compile'], says: /missing required argument 'file'/ },
  { args: ['check', '--action', 'edit'], says: /required option '--subject/ },
  { args: ['translate', 'README.md'], says: /no language model is configured: set LLM_BASE_URL/ },
  { args: ['translate', 'no-such-file', '--model', 'models/acme.fga'], says: /there is no such file/ },
  { args: ['translate', 'README.md', '--save'], says: /--save and --org go with a server/ },
  { args: ['translate', 'README.md', '--url', 'http://x', '--zone', 'UTC'], says: /either files .* or a server/ },
  { args: ['test', 'no/such/place'], says: /there is no `no\/such\/place`/ },
  { args: ['test', 'grammar'], says: /no `\*\.test\.yaml` under `grammar`/ },
]

for (const { args, says } of WRONG) {
  test(`${args.join(' ')}: one line, exit code 2`, async () => {
    const { code, out, err } = await cli(args)
    assert.deepEqual({ code, out }, { code: 2, out: '' })
    assert.match(err, says)
    assert.match(err, /^lumoauth: [^\n]+\n$/)
  })
}
