import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** Room → rooms it may import. `*` is any room. */
const MAY: Record<string, readonly string[]> = {
  lib: [],
  policy: ['lib'],
  language: ['policy', 'lib'],
  engine: ['policy', 'lib'],
  analysis: ['engine', 'policy', 'lib'],
  relations: ['policy', 'lib'],
  agents: ['policy', 'lib'],
  facts: ['relations', 'agents', 'policy', 'lib'],
  adapters: ['language', 'facts', 'relations', 'agents', 'policy', 'lib'],
  pdp: ['language', 'analysis', 'engine', 'facts', 'relations', 'agents', 'policy', 'lib'],
  protocols: ['pdp', 'relations', 'agents', 'policy', 'lib'],
  http: ['protocols', 'pdp', 'policy', 'lib'],
  receiver: ['lib'],
  'settings.ts': [],
  'config.ts': ['settings.ts'],
  'server.ts': ['*', 'config.ts'],
  'embedded.ts': ['*', 'server.ts'],
  cli: ['*', 'server.ts', 'config.ts', 'index.ts'],
  'index.ts': ['*', 'server.ts', 'embedded.ts', 'config.ts'],
}

/** Outside package → rooms that may import it. Packages not listed may be imported nowhere. */
const PACKAGES: Record<string, readonly string[]> = {
  koa: ['http'],
  '@koa/router': ['http'],
  jose: ['protocols', 'receiver'],
  pg: ['adapters'],
  ioredis: ['adapters'],
  '@electric-sql/pglite': ['adapters'],
  '@openfga/sdk': ['adapters'],
  openai: ['adapters'],
  '@opentelemetry/api': ['adapters'],
  '@opentelemetry/exporter-trace-otlp-http': ['adapters'],
  '@opentelemetry/resources': ['adapters'],
  '@opentelemetry/sdk-trace-base': ['adapters'],
  nearley: ['language'],
  moo: ['language'],
  '@openfga/syntax-transformer': ['relations'],
  '@bufbuild/cel': ['relations'],
  '@bufbuild/re2': ['relations'],
  zod: ['protocols', 'http', 'config.ts', 'settings.ts', 'adapters', 'pdp', 'cli'],
  'prom-client': ['http', 'server.ts'],
  pino: ['server.ts', 'http'],
  commander: ['cli'],
  yaml: ['cli'],
  'sodium-native': ['pdp'],
}

/** `lib` may use Node's own modules; these rooms may not even do that. */
const PURE = new Set(['policy', 'engine', 'analysis', 'agents', 'relations', 'facts'])

interface Import {
  readonly from: string
  readonly to: string
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(f => f.endsWith('.ts'))
  .map(f => join(SRC, f))

const IMPORT =
  /^(?:import|export)\s[^'"=;]*?\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\b(?:import|createRequire\(import\.meta\.url\))\(\s*'([^']+)'\s*\)/gm

function imports(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(IMPORT)].map(m => ({ from: file, to: m[1] ?? m[2] ?? m[3] ?? '' }))
}

const room = (file: string): string => relative(SRC, file).split('/')[0] ?? ''
const all = files.flatMap(imports)
const show = (file: string): string => relative(ROOT, file)

test('every file lives in a room of the house', () => {
  const homeless = files.filter(f => !(room(f) in MAY)).map(show)
  assert.deepEqual(homeless, [])
})

test('a room imports only the rooms it may', () => {
  const wrong = all
    .filter(i => i.to.startsWith('.'))
    .map(i => ({ ...i, to: resolve(dirname(i.from), i.to) }))
    .filter(i => {
      const from = room(i.from)
      const to = room(i.to)
      const may = MAY[from] ?? []
      if (from === to || may.includes(to)) return false
      return !(may.includes('*') && to !== 'cli' && !to.endsWith('.ts'))
    })
    .map(i => `${show(i.from)} → ${show(i.to)}`)
  assert.deepEqual(wrong, [])
})

test('an outside package is imported only in its room', () => {
  const wrong = all
    .filter(i => !i.to.startsWith('.'))
    .filter(i => {
      if (i.to.startsWith('node:')) return PURE.has(room(i.from))
      const name = i.to
        .split('/')
        .slice(0, i.to.startsWith('@') ? 2 : 1)
        .join('/')
      return !(PACKAGES[name] ?? []).includes(room(i.from))
    })
    .map(i => `${show(i.from)} → ${i.to}`)
  assert.deepEqual(wrong, [])
})

test('no circle of imports between files', () => {
  const graph = new Map<string, string[]>()
  for (const i of all) {
    if (i.to.startsWith('.')) graph.set(i.from, [...(graph.get(i.from) ?? []), resolve(dirname(i.from), i.to)])
  }
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].map(show).join(' → '))
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  assert.deepEqual(circles, [])
})

test('no source file is longer than 300 lines, generated ones aside', () => {
  const long = files.filter(f => !f.endsWith('.gen.ts') && readFileSync(f, 'utf8').split('\n').length > 301).map(show)
  assert.deepEqual(long, [])
})
