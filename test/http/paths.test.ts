import assert from 'node:assert/strict'
import { test } from 'node:test'
import Router from '@koa/router'
import fc from 'fast-check'
import { createPaths } from '../../src/http/paths.ts'

const segment = fc.constantFrom('a', 'b', 'me', 'a-b', 'x.json', '{id}', '{org}')
const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map(all => {
  const seen = new Set<string>()
  return `/${all.map(s => (s.startsWith('{') && seen.size === seen.add(s).size ? 'b' : s)).join('/')}`
})
const asked = fc
  .array(fc.constantFrom('a', 'A', 'b', 'me', 'Me', 'a-b', 'x.json', 'xzjson', '1:2', '{id}', '', 'a%2Fb', '..'), {
    minLength: 1,
    maxLength: 5,
  })
  .map(all => `/${all.join('/')}`)
const method = fc.constantFrom('GET', 'POST')

test('a path is found as the router would find it first, with the same parameters', () => {
  let hits = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(method, pattern), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(method, asked), { minLength: 1, maxLength: 20 }),
      (rows, requests) => {
        const router = new Router()
        const paths = createPaths<number>()
        for (const [n, [verb, path]] of rows.entries()) {
          router.register(path.replace(/\{(\w+)\}/g, ':$1'), [verb], () => n, { name: String(n) })
          paths.add(verb, path, n)
        }
        for (const [verb, path] of requests) {
          const found = paths.find(verb, path)
          const [layer] = router.match(path, verb).pathAndMethod
          if (found === null) {
            assert.ok(layer === undefined || /[%{]|\/\/|\/$/.test(path), `${verb} ${path} was not found`)
            continue
          }
          assert.equal(String(found.value), layer?.name, `${verb} ${path}`)
          assert.deepEqual({ ...found.params }, layer?.params(path, layer.captures(path)))
          hits += 1
        }
      },
    ),
    { numRuns: 500 },
  )
  assert.ok(hits > 100, `only ${hits} were found`)
})

test('whatever the router finds for a plain path is found', () => {
  const paths = createPaths<string>()
  const patterns = ['/a', '/a/{id}', '/a/me', '/a/{id}/b', '/{org}/b']
  for (const path of patterns) paths.add('GET', path, path)
  const cases: readonly [string, string | null][] = [
    ['/a', '/a'],
    ['/A', '/a'],
    ['/a/1', '/a/{id}'],
    ['/a/me', '/a/{id}'],
    ['/a/b', '/a/{id}'],
    ['/c/b', '/{org}/b'],
    ['/a/me/b', '/a/{id}/b'],
    ['/a/', null],
    ['/a//b', null],
    ['/a/%31', null],
    ['/', null],
    ['', null],
    ['http://host/a', null],
    ['/none', null],
  ]
  for (const [path, found] of cases) assert.equal(paths.find('GET', path)?.value ?? null, found, path)
  assert.equal(paths.find('POST', '/a'), null)
  assert.throws(() => paths.add('GET', '/a/{id}.json', 'odd'), /not a whole segment/)
})
