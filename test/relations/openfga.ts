import type { Entity } from '../../src/policy/entity.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { RelationUser, Tuple } from '../../src/relations/graph.ts'
import { type Model, type Restriction, type Rewrite, rewritesIn } from '../../src/relations/schema.ts'
import { printRestriction, printUser, type TupleUser } from '../../src/relations/tuple.ts'

/** A model in OpenFGA's JSON. */
export function rawOf(model: Model): object {
  const types = [...model.types.values()].map(({ name, relations }) => ({
    type: name,
    relations: Object.fromEntries([...relations.values()].map(r => [r.name, rawRewrite(r.rewrite)])),
    metadata: {
      relations: Object.fromEntries(
        [...relations.values()].map(r => [
          r.name,
          {
            directly_related_user_types: r.restrictions.map(one => ({
              type: one.type,
              ...(one.relation !== null && { relation: one.relation }),
              ...(one.wildcard && { wildcard: {} }),
              ...(one.condition !== null && { condition: one.condition }),
            })),
          },
        ]),
      ),
    },
  }))
  const conditions = [...model.conditions.values()].map(({ name, parameters, expression }) => {
    const typed = parameters.map(p => [p.name, { type_name: `TYPE_NAME_${p.type.toUpperCase()}` }])
    return [name, { name, expression, parameters: Object.fromEntries(typed) }]
  })
  return { schema_version: '1.1', type_definitions: types, conditions: Object.fromEntries(conditions) }
}

function rawRewrite(r: Rewrite): object {
  switch (r.kind) {
    case 'this':
      return { this: {} }
    case 'computed':
      return { computedUserset: { relation: r.relation } }
    case 'tuple-to-userset':
      return { tupleToUserset: { tupleset: { relation: r.tupleset }, computedUserset: { relation: r.relation } } }
    case 'union':
      return { union: { child: r.of.map(rawRewrite) } }
    case 'intersection':
      return { intersection: { child: r.of.map(rawRewrite) } }
    case 'difference':
      return { difference: { base: rawRewrite(r.base), subtract: rawRewrite(r.subtract) } }
  }
}

/** As the language can say it: direct users once in a relation, each kind once, none where nothing can use them. */
export function tidied(model: Model): Model {
  const types = [...model.types.values()].map(({ name, relations }) => {
    const tidy = [...relations.values()].map(r => {
      const direct = [...rewritesIn(r.rewrite)].some(one => one.kind === 'this')
      const texts = new Map(r.restrictions.map(one => [JSON.stringify(one), one]))
      return [r.name, { ...r, rewrite: once(r.rewrite), restrictions: direct ? [...texts.values()] : [] }] as const
    })
    return [name, { name, relations: new Map(tidy) }] as const
  })
  return { types: new Map(types), conditions: model.conditions }
}

function once(rewrite: Rewrite): Rewrite {
  let first = true
  const walk = (r: Rewrite): Rewrite => {
    switch (r.kind) {
      case 'this': {
        if (!first) return { kind: 'computed', relation: 'p' }
        first = false
        return r
      }
      case 'union':
      case 'intersection':
        return { kind: r.kind, of: r.of.map(walk) }
      case 'difference':
        return { kind: 'difference', base: walk(r.base), subtract: walk(r.subtract) }
      default:
        return r
    }
  }
  return walk(rewrite)
}

/** In OpenFGA's language; also what it cannot say, as a direct user in the second place. */
export function printModel(model: Model): readonly string[] {
  const types = [...tidied(model).types.values()].flatMap(({ name, relations }) => [
    `type ${name}`,
    ...(relations.size > 0 ? ['  relations'] : []),
    ...[...relations.values()].map(r => `    define ${r.name}: ${printRewrite(r.rewrite, r.restrictions, true)}`),
  ])
  const conditions = [...model.conditions.values()].map(c => {
    const parameters = c.parameters.map(p => `${p.name}: ${p.type}`).join(', ')
    return `condition ${c.name}(${parameters}) { ${c.expression} }`
  })
  return ['model', '  schema 1.1', ...types, ...conditions]
}

function printRewrite(r: Rewrite, direct: readonly Restriction[], top = false): string {
  const inner = (child: Rewrite): string => printRewrite(child, direct)
  const whole = (text: string): string => (top ? text : `(${text})`)
  switch (r.kind) {
    case 'this':
      return `[${direct.map(printRestriction).join(', ')}]`
    case 'computed':
      return r.relation
    case 'tuple-to-userset':
      return `${r.relation} from ${r.tupleset}`
    case 'union':
    case 'intersection':
      return whole(r.of.map(inner).join(r.kind === 'union' ? ' or ' : ' and '))
    case 'difference':
      return whole(`${inner(r.base)} but not ${inner(r.subtract)}`)
  }
}

export const printTuple = (t: Tuple): string =>
  `${t.object}#${t.relation}@${t.user}${t.condition === null ? '' : ` with ${t.condition.name} ${JSON.stringify(t.condition.context)}`}`

export interface Asking {
  readonly object: Entity
  readonly relation: string
  readonly user: TupleUser | RelationUser
  readonly context: JsonObject
  readonly contextual: readonly Tuple[]
}

export type Verdict = 'yes' | 'no' | { readonly error: string }

/** What one store of a server says. */
export interface Peer {
  check(asked: readonly Asking[]): Promise<readonly Verdict[]>
  listObjects(asked: Asking): Promise<readonly string[] | { readonly error: string }>
  listSets(
    asked: Asking,
    set: { readonly type: string; readonly relation: string },
  ): Promise<readonly string[] | { readonly error: string }>
  expand(asked: Asking): Promise<unknown>
  listUsers(asked: Asking, type: string): Promise<readonly string[] | { readonly error: string }>
}

const keyOf = ({ object, relation, user, condition }: Tuple): object => ({
  object,
  relation,
  user,
  ...(condition !== null && { condition }),
})

const objectText = ({ type, id }: Entity): string => `${type}:${id}`

/** The server gives up by itself long before. */
const HANGS = 60_000

/** A new store with a model and tuples; null where the server refuses the model. */
export async function peerOf(url: string, model: Model, tuples: readonly Tuple[]): Promise<Peer | null> {
  const post = async (path: string, body: object) => {
    const text = JSON.stringify(body)
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: text, headers, signal: AbortSignal.timeout(HANGS) }
    const response = await fetch(url + path, init).catch((error: unknown) => {
      throw new Error(`${path} of ${text}, under ${printModel(model).join('\n')}`, { cause: error })
    })
    return { ok: response.ok, body: (await response.json()) as Record<string, unknown> }
  }
  const { body } = await post('/stores', { name: 'fuzz' })
  const at = `/stores/${body.id}`
  const written = await post(`${at}/authorization-models`, rawOf(model))
  if (!written.ok) return null
  if (tuples.length > 0) {
    const stored = await post(`${at}/write`, { writes: { tuple_keys: tuples.map(keyOf) } })
    if (!stored.ok) throw new Error(`the server does not take a tuple: ${stored.body.message}`)
  }
  const error = (said: unknown) => ({ error: String((said as { message?: unknown } | undefined)?.message ?? said) })
  const more = ({ context, contextual }: Asking) => ({ context, contextual: contextual.map(keyOf) })
  return {
    async check(asked) {
      const checks = asked.map((one, i) => ({
        tuple_key: { object: objectText(one.object), relation: one.relation, user: printUser(one.user) },
        context: one.context,
        contextual_tuples: { tuple_keys: more(one).contextual },
        correlation_id: `c${i}`,
      }))
      const answer = await post(`${at}/batch-check`, { checks })
      if (!answer.ok) throw new Error(JSON.stringify(answer.body))
      const result = answer.body.result as Record<string, { allowed?: boolean; error?: unknown }>
      return asked.map((_, i): Verdict => {
        const one = result[`c${i}`]
        if (one?.error !== undefined) return error(one.error)
        return one?.allowed === true ? 'yes' : 'no'
      })
    },
    async listObjects(one) {
      const { context, contextual } = more(one)
      const asked = { type: one.object.type, relation: one.relation, user: printUser(one.user), context }
      const answer = await post(`${at}/list-objects`, { ...asked, contextual_tuples: { tuple_keys: contextual } })
      if (!answer.ok) return error(answer.body)
      return (answer.body.objects as string[]).map(o => o.slice(o.indexOf(':') + 1)).sort()
    },
    async listSets(one, set) {
      const { context, contextual } = more(one)
      const asked = { object: one.object, relation: one.relation, user_filters: [set], context }
      const answer = await post(`${at}/list-users`, { ...asked, contextual_tuples: contextual })
      if (!answer.ok) return error(answer.body)
      const users = answer.body.users as { userset?: { id: string } }[]
      const sets = users.filter(u => u.userset !== undefined)
      return sets.map(u => u.userset?.id ?? '').sort()
    },
    async expand(one) {
      const key = { object: objectText(one.object), relation: one.relation }
      const contextual = { tuple_keys: more(one).contextual }
      return (await post(`${at}/expand`, { tuple_key: key, contextual_tuples: contextual })).body
    },
    async listUsers(one, type) {
      const { context, contextual } = more(one)
      const asked = { object: one.object, relation: one.relation, user_filters: [{ type }], context }
      const answer = await post(`${at}/list-users`, { ...asked, contextual_tuples: contextual })
      if (!answer.ok) return error(answer.body)
      const users = answer.body.users as { object?: Entity; wildcard?: object }[]
      return users.map(u => (u.wildcard === undefined ? (u.object?.id ?? '') : '*')).sort()
    },
  }
}
