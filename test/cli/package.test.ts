import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { SETTINGS } from '../../src/settings.ts'
import { ROOT, run, scratch } from './harness.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('docs/settings.md has every setting, and no other', () => {
  const named = [...read('docs/settings.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(m => m[1])
  assert.deepEqual(named.sort(), Object.keys(SETTINGS).sort())
})

test('what is packed, built and put elsewhere, works', async () => {
  const dir = scratch()
  const { bin, files } = JSON.parse(read('package.json')) as { bin: { lumoauth: string }; files: string[] }
  const built = await run(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(dir, 'dist')],
  ])
  assert.equal(built.code, 0, built.out)
  for (const path of ['package.json', ...files].filter(f => f !== 'dist')) {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    cpSync(join(ROOT, path), join(dir, path), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  const main = join(dir, bin.lumoauth)
  assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const use = "import { createReceiver } from 'lumoauth/receiver'; console.log(typeof createReceiver)"
  const [help, compiled, tested, received] = await Promise.all([
    run(process.execPath, [main, '--help'], { cwd: '/' }),
    run(process.execPath, [main, 'compile', 'examples/acme/acme.policy', '--model', 'models/acme.fga'], { cwd: dir }),
    run(process.execPath, [main, 'test', dir], { cwd: '/' }),
    run(process.execPath, ['--input-type=module', '-e', use], { cwd: dir }),
  ])
  assert.equal(help.code, 0, help.err)
  assert.equal(compiled.code, 0, compiled.out)
  assert.equal(tested.code, 0, tested.out)
  assert.equal(received.out, 'function\n', received.err)
})

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly ports?: readonly string[]; readonly environment?: Readonly<Record<string, string>> }>
  >
}

test('docker-compose.yml publishes one port, on loopback, and has no secret of its own', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as Compose
  const ports = Object.values(services).flatMap(s => s.ports ?? [])
  assert.deepEqual(ports, ['127.0.0.1:8080:8080'])
  const secrets = Object.values(services).flatMap(s =>
    Object.entries(s.environment ?? {}).filter(([name]) => /PASSWORD|KEY|URL|URI|AUTH$/.test(name)),
  )
  assert.ok(secrets.length >= 8)
  for (const [name, value] of secrets) {
    if (name !== 'PUBLIC_URL') assert.match(value, /\$\{\w+:\?[^}]+\}/, name)
  }
})

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>
}

test('package-lock.json has the packages of every platform, without which `npm ci` refuses it', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as Lock
  const names = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 13)))
  const missing = Object.values(packages)
    .flatMap(p => Object.keys(p.optionalDependencies ?? {}))
    .filter(name => !names.has(name))
  assert.deepEqual(missing, [])
})
