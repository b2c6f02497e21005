import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGraph, expand } from '../../src/relations/graph.ts'
import { parseModules } from '../../src/relations/modules.ts'
import { entity, graphOf } from './harness.ts'

const MOD = `schema: '1.2'
contents:
  - core.fga
  - docs/docs.fga
`
const CORE = `module core
type user
type team
  relations
    define member: [user, team#member]
condition soon(at: timestamp) {
  at < timestamp("2027-01-01T00:00:00Z")
}
`
const DOCS = `module docs
extend type team
  relations
    define reader: [user]
type doc
  relations
    define viewer: [user with soon, team#member] or reader
    define reader: [team#reader]
`
const files = (docs = DOCS) => [
  { name: 'core.fga', text: CORE },
  { name: 'docs/docs.fga', text: docs },
]

test('modules are one model', () => {
  const parsed = parseModules(MOD, files())
  assert.deepEqual(parsed.ok ? [] : parsed.problems, [])
  if (!parsed.ok) return
  assert.deepEqual([...(parsed.model.types.get('team')?.relations.keys() ?? [])].sort(), ['member', 'reader'])
  const graph = createGraph(parsed.model)
  graph.write({ object: 'doc:1', relation: 'reader', user: 'team:a#reader' })
  graph.write({ object: 'team:a', relation: 'reader', user: 'user:ann' })
  assert.equal(graph.check(entity('doc:1'), 'viewer', { kind: 'entity', entity: entity('user:ann') }).truth, 'yes')
})

test('a fault is told in its own file', () => {
  const wrong = (mod: string, docs?: string) => {
    const parsed = parseModules(mod, files(docs))
    return parsed.ok ? [] : parsed.problems.map(p => `${p.file}:${p.line} ${p.message}`)
  }
  assert.match(wrong(`${MOD}  - more.fga\n`).join(), /^fga.mod:5 `more.fga` is listed but is not there$/)
  assert.match(wrong("schema: '1.1'\ncontents:\n  - core.fga\n").join(), /^fga.mod:1 .*1\.2|unsupported/)
  assert.match(wrong('nonsense').join(), /^fga.mod:1 /)
  assert.match(wrong(MOD, DOCS.replace('type doc', 'type user')).join(), /duplicate/)
  const unknown = DOCS.replace('[team#reader]', '[team#nobody]')
  assert.match(wrong(MOD, unknown).join(), /^docs\/docs.fga:8 .*nobody/)
  assert.match(wrong(MOD, DOCS.replace('  relations', 'relations (')).join(), /^docs\/docs.fga:\d+ /)
})

test('expand shows one level', () => {
  const model = `model
  schema 1.1
type user
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define viewer: ([user, user:*] or viewer from parent) but not barred
    define barred: [user]
`
  const graph = graphOf(model, 'doc:1 parent folder:b', 'doc:1 parent folder:a', 'doc:1 viewer user:*')
  const name = 'doc:1#viewer'
  const more = { object: 'doc:1', relation: 'viewer', user: 'user:ann', condition: null }
  assert.deepEqual(expand(graph, entity('doc:1'), 'viewer', [more]), {
    name,
    kind: 'difference',
    base: {
      name,
      kind: 'union',
      of: [
        { name, kind: 'users', users: ['user:*', 'user:ann'] },
        { name, kind: 'tuple-to-userset', tupleset: 'doc:1#parent', sets: ['folder:b#viewer', 'folder:a#viewer'] },
      ],
    },
    subtract: { name, kind: 'computed', set: 'doc:1#barred' },
  })
  assert.equal(expand(graph, entity('doc:1'), 'owner'), null)
  assert.deepEqual(graph.listSets(entity('folder:a'), 'viewer', { type: 'folder', relation: 'viewer' }), ['a'])
})
