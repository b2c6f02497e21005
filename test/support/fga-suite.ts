import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { transformer } from '@openfga/syntax-transformer'
import { call, type Outcome, type Target } from './fga.ts'

const CASES = join(import.meta.dirname, '../cases/openfga')

/** One refusal by its code, or what is answered. */
type Expected<T> = T | { readonly code: string }

interface Call {
  readonly name: string
  readonly op: string
  /** `$store`, `$model` and what earlier calls kept stand for their values. */
  readonly args: readonly unknown[]
  readonly status?: number
  readonly code?: string
  /** Members the answer must have, and lists in any order. */
  readonly answer?: unknown
  /** Keeps a member of the answer under a name. */
  readonly keep?: Readonly<Record<string, string>>
}

interface World {
  readonly name: string
  readonly model?: readonly string[]
  readonly tuples?: readonly string[]
  readonly check?: Readonly<Record<string, Expected<boolean>>>
  /** `type relation user`. */
  readonly objects?: Readonly<Record<string, Expected<readonly string[]>>>
  /** `object relation filter`. */
  readonly users?: Readonly<Record<string, Expected<readonly string[]>>>
  /** `object#relation`, and the tree without its names. */
  readonly expand?: Readonly<Record<string, Expected<unknown>>>
  readonly calls?: readonly Call[]
}

export const worlds: readonly World[] = readdirSync(CASES)
  .sort()
  .flatMap(file => JSON.parse(readFileSync(join(CASES, file), 'utf8')) as World[])

export const countCases = (): number =>
  worlds.reduce((sum, w) => {
    const tables = [w.check, w.objects, w.users, w.expand]
    return sum + (w.calls?.length ?? 0) + tables.reduce((n, t) => n + Object.keys(t ?? {}).length, 0)
  }, 0)

/** Every case of every world as a test of its own, each world in a store of its own. */
export function runSuite(target: () => Target): void {
  for (const world of worlds) {
    test(world.name, async t => {
      const names = await prepare(target(), world)
      for (const [what, run] of casesOf(target, world, names)) await t.test(what, run)
    })
  }
}

async function prepare({ api }: Target, world: World): Promise<Map<string, string>> {
  const made = await call(api, 'createStore', [{ name: 'suite' }])
  assert.equal(made.status, 201)
  const names = new Map<string, string>([['store', made.body.id]])
  if (world.model !== undefined) {
    const model = transformer.transformDSLToJSONObject(world.model.join('\n'))
    const put = await call(api, 'writeAuthorizationModel', [made.body.id, model])
    assert.equal(put.status, 201, JSON.stringify(put.body))
    names.set('model', put.body.authorization_model_id)
  }
  for (const line of world.tuples ?? []) {
    const put = await call(api, 'write', [made.body.id, { writes: { tuple_keys: [keyOf(line)] } }])
    assert.equal(put.status, 200, `${line}: ${JSON.stringify(put.body)}`)
  }
  return names
}

/** `object#relation@user`, and ` if condition {…}`. */
function keyOf(line: string) {
  const [, object, relation, user, name, context] =
    /^([^#]+)#([^@]+)@(\S+?)(?: if (\w+)(?: (\{.*\}))?)?$/.exec(line) ?? []
  assert.ok(object && relation && user, line)
  return { object, relation, user, ...(name && { condition: { name, context: JSON.parse(context ?? '{}') } }) }
}

function* casesOf(
  target: () => Target,
  world: World,
  names: Map<string, string>,
): Iterable<[string, () => Promise<void>]> {
  const store = names.get('store')
  const send = (op: string, ...args: readonly unknown[]) => call(target().api, op, [store, ...args])
  for (const [line, expected] of Object.entries(world.check ?? {})) {
    yield [
      `check ${line}`,
      async () => compare(await send('check', { tuple_key: keyOf(line) }), expected, b => b.allowed),
    ]
  }
  for (const [line, expected] of Object.entries(world.objects ?? {})) {
    const [type, relation, user] = line.split(' ')
    const read = (b: { objects: string[] }) => [...b.objects].sort()
    yield [
      `list objects ${line}`,
      async () => compare(await send('listObjects', { type, relation, user }), expected, read),
    ]
  }
  for (const [line, expected] of Object.entries(world.users ?? {})) {
    const [object = '', relation, filter = ''] = line.split(' ')
    const [type, id] = object.split(':')
    const [kind, of] = filter.split('#')
    const user_filters = [{ type: kind, ...(of !== undefined && { relation: of }) }]
    yield [
      `list users ${line}`,
      async () => compare(await send('listUsers', { object: { type, id }, relation, user_filters }), expected, usersOf),
    ]
  }
  for (const [line, expected] of Object.entries(world.expand ?? {})) {
    const [object, relation] = line.split('#')
    const sent = () => send('expand', { tuple_key: { object, relation } })
    yield [`expand ${line}`, async () => compare(await sent(), expected, b => unnamed(b.tree.root))]
  }
  for (const one of world.calls ?? []) {
    yield [
      one.name,
      async () => {
        const got = await call(target().api, one.op, filled(one.args, names) as unknown[])
        const text = JSON.stringify(got.body)
        if (one.code !== undefined) assert.deepEqual([got.code, got.status], [one.code, one.status ?? 400], text)
        else assert.equal(got.status, one.status ?? 200, text)
        if (one.answer !== undefined) contains(got.body, filled(one.answer, names), one.op)
        for (const [name, member] of Object.entries(one.keep ?? {})) names.set(name, String(got.body[member]))
      },
    ]
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came
function compare(got: Outcome, expected: unknown, read: (body: any) => unknown): void {
  const code = (expected as { code?: string }).code
  if (code === undefined) {
    assert.equal(got.status, 200, JSON.stringify(got.body))
    assert.deepEqual(read(got.body), expected)
  } else assert.deepEqual([got.code, got.status], [code, 400], JSON.stringify(got.body))
}

interface User {
  readonly object?: { type: string; id: string }
  readonly userset?: { type: string; id: string; relation: string }
  readonly wildcard?: { type: string }
}

const usersOf = ({ users }: { users: readonly User[] }): string[] =>
  users
    .map(({ object, userset, wildcard }) =>
      object
        ? `${object.type}:${object.id}`
        : userset
          ? `${userset.type}:${userset.id}#${userset.relation}`
          : `${wildcard?.type}:*`,
    )
    .sort()

function unnamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unnamed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'name')
      .map(([key, item]) => [key, unnamed(item)]),
  )
}

function filled(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? (names.get(value.slice(1)) ?? value) : value
  if (Array.isArray(value)) return value.map(item => filled(item, names))
  if (value === null || typeof value !== 'object') return value
  // A list too long to write down.
  const { times, of } = value as { times?: number; of?: unknown }
  if (times !== undefined) {
    return Array.from({ length: times }, (_, i) =>
      JSON.parse(JSON.stringify(filled(of, names)).replaceAll('%', String(i))),
    )
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, names)]))
}

/** Every member of `wanted` is there; lists have the same items in any order; `*` is anything. */
function contains(got: unknown, wanted: unknown, where: string): void {
  if (wanted === '*') {
    assert.notEqual(got, undefined, where)
  } else if (Array.isArray(wanted)) {
    assert.ok(Array.isArray(got), `${where}: ${JSON.stringify(got)}`)
    assert.equal(got.length, wanted.length, `${where}: ${JSON.stringify(got)}`)
    for (const [i, item] of wanted.entries()) {
      assert.ok(
        got.some(g => holds(g, item)),
        `${where}[${i}]: ${JSON.stringify(item)} is not in ${JSON.stringify(got)}`,
      )
    }
  } else if (wanted !== null && typeof wanted === 'object') {
    for (const [key, item] of Object.entries(wanted)) {
      contains((got as Record<string, unknown> | null | undefined)?.[key], item, `${where}.${key}`)
    }
  } else assert.deepEqual(got, wanted, where)
}

function holds(got: unknown, wanted: unknown): boolean {
  try {
    contains(got, wanted, '')
    return true
  } catch {
    return false
  }
}
