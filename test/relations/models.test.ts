import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readTestFile } from '../../src/cli/test-file.ts'
import type { RelationCase } from '../../src/pdp/relation-tests.ts'
import { relationCases } from '../../src/protocols/manage/relation-cases.ts'
import { asksModel } from '../../src/protocols/manage/test-shape.ts'
import { jsonOfModel } from '../../src/relations/model.ts'
import { printUser, type Tuple } from '../../src/relations/tuple.ts'
import { call, realTarget } from '../support/fga.ts'

const DIR = join(import.meta.dirname, '../../models')
const NAMES = readdirSync(DIR).flatMap(file => (file.endsWith('.fga') ? [file.slice(0, -'.fga'.length)] : []))
const TESTED = new Set(readdirSync(DIR).filter(file => file.endsWith('.test.yaml')))

const real = await realTarget()
after(() => (typeof real === 'string' ? undefined : real.close()))

const keyOf = ({ object, relation, user, condition }: Tuple) => ({
  object,
  relation,
  user,
  ...(condition !== null && { condition }),
})

/** A store of the real server with a model that ships; fails unless the server takes it. */
async function storeOf(name: string) {
  assert.ok(typeof real !== 'string')
  const { api } = real
  const id: string = (await call(api, 'createStore', [{ name }])).body.id
  const model = jsonOfModel(readFileSync(join(DIR, `${name}.fga`), 'utf8'))
  const written = await call(api, 'writeAuthorizationModel', [id, model])
  assert.equal(written.status, 201, JSON.stringify(written.body))
  return {
    async write(tuples: readonly Tuple[]) {
      for (let at = 0; at < tuples.length; at += 100) {
        const writes = { tuple_keys: tuples.slice(at, at + 100).map(keyOf) }
        const { status, body } = await call(api, 'write', [id, { writes }])
        assert.equal(status, 200, JSON.stringify(body))
      }
    },
    /** What it says, in the words of a test; null where it errs for a parameter that ours can do without (0004). */
    async ask({ ask, context, contextual }: RelationCase): Promise<boolean | readonly string[] | null> {
      const more = { context, contextual_tuples: { tuple_keys: contextual.map(keyOf) } }
      if (ask.kind === 'check') {
        const tuple_key = { object: textOf(ask.object), relation: ask.relation, user: printUser(ask.user) }
        const { status, body } = await call(api, 'check', [id, { tuple_key, ...more }])
        if (lacksParameter(status, body)) return null
        assert.equal(status, 200, JSON.stringify(body))
        return body.allowed
      }
      if (ask.kind === 'objects') {
        const asked = { type: ask.type, relation: ask.relation, user: printUser(ask.user), ...more }
        const { status, body } = await call(api, 'listObjects', [id, asked])
        if (lacksParameter(status, body)) return null
        assert.equal(status, 200, JSON.stringify(body))
        return [...body.objects].sort()
      }
      const filter = { type: ask.type, ...(ask.set !== null && { relation: ask.set }) }
      const asked = { object: ask.object, relation: ask.relation, user_filters: [filter] }
      const own = { context, contextual_tuples: contextual.map(keyOf) }
      const { status, body } = await call(api, 'listUsers', [id, { ...asked, ...own }])
      if (lacksParameter(status, body)) return null
      assert.equal(status, 200, JSON.stringify(body))
      return (body.users as readonly Found[]).flatMap(found => foundText(found, ask.set)).sort()
    },
  }
}

const lacksParameter = (status: number, body: { readonly message?: string }): boolean =>
  status === 400 && /missing context parameters/.test(body.message ?? '')

const textOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}:${id}`

interface Found {
  readonly object?: { readonly type: string; readonly id: string }
  readonly userset?: { readonly type: string; readonly id: string; readonly relation: string }
  readonly wildcard?: { readonly type: string }
}

/** The server's list of sets names plain objects as well (0004). */
function foundText({ object, userset, wildcard }: Found, set: string | null): readonly string[] {
  if (userset !== undefined) return [`${textOf(userset)}#${userset.relation}`]
  if (wildcard !== undefined) return [`${wildcard.type}:*`]
  return object === undefined || set !== null ? [] : [textOf(object)]
}

for (const name of NAMES) {
  test(`a real OpenFGA server takes models/${name}.fga`, { skip: typeof real === 'string' && real }, async () => {
    const store = await storeOf(name)
    const file = `${name}.test.yaml`
    if (!TESTED.has(file)) return
    const { given, tests } = readTestFile(join(DIR, file))
    await store.write(given.tuples)
    let asked = 0
    for (const { name: shows, asks } of tests.filter(asksModel).flatMap(relationCases)) {
      if (asks.kind !== 'relations') continue
      const { ask } = asks
      const expected = ask.kind === 'check' ? ask.holds : [...ask.finds].sort()
      const said = await store.ask(asks)
      if (said === null) continue
      assert.deepEqual(said, expected, `${shows}: ${JSON.stringify(asks)}`)
      asked += 1
    }
    assert.ok(asked >= 20, `${file} asks the model ${asked} questions`)
  })
}
