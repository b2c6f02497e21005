import { z } from 'zod'
import type { OrgState } from '../../pdp/org.ts'
import { tuplesOf } from '../../pdp/read-tuples.ts'
import { readTuples, writeTuples } from '../../pdp/relations.ts'
import type { Service } from '../../pdp/service.ts'
import { readTupleChanges } from '../../pdp/tuple-changes.ts'
import type { Model } from '../../relations/model.ts'
import { parseUser, type Tuple, validateTuple } from '../../relations/tuple.ts'
import { TOKEN_HEADER } from '../consistency.ts'
import type { Route } from '../route.ts'
import { ACTS, askedOf, fgaRoutes, json, ok, storeOf } from './at.ts'
import { FgaError, invalid } from './error.ts'
import * as shape from './shapes.ts'
import { changeToken, pageOf, placeOf, placeToken } from './tokens.ts'
import { keyOf, keyText, type TupleKey, tupleOf } from './tuple.ts'

const MOST_TUPLES = 100

export function tupleRoutes(service: Service): readonly Route[] {
  return [
    ...fgaRoutes({
      operation: 'Read',
      method: 'POST',
      path: '/stores/{store_id}/read',
      summary: 'OpenFGA: stored tuples',
      needs: ACTS.readTuples,
      body: shape.read,
      answers: ok(shape.answer('tuples', 'continuation_token')),
      async handle(call) {
        const state = await storeOf(service, call)
        const { tuple_key, page_size, continuation_token } = call.body
        const filter = filterOf(tuple_key ?? null)
        const token = pageOf(continuation_token ?? '')
        if (filter === null) return json({ tuples: [], continuation_token: '' })
        const page = await tuplesOf(service, state, filter, page_size ?? 50, token)
        const tuples = page.tuples.map(tuple => ({ key: keyOf(tuple), timestamp: new Date(tuple.at).toISOString() }))
        return json({ tuples, continuation_token: placeToken(page.nextToken) })
      },
    }),
    ...fgaRoutes({
      operation: 'Write',
      method: 'POST',
      path: '/stores/{store_id}/write',
      summary: 'OpenFGA: write and delete tuples, all or none',
      needs: ACTS.writeTuples,
      body: shape.write,
      answers: ok(shape.answer()),
      async handle(call) {
        const { writes, deletes } = call.body
        const { state, model } = await askedOf(service, call)
        if (!writes && !deletes) {
          throw new FgaError('invalid_write_input', 'Make sure you provide at least one write, or at least one delete')
        }
        const added = (writes?.tuple_keys ?? []).map(tupleOf)
        const gone = deletes?.tuple_keys ?? []
        mustBeWritable(model, added, gone)
        const onDuplicate = choice(writes?.on_duplicate, 'on_duplicate')
        const onMissing = choice(deletes?.on_missing, 'on_missing')
        // A server sees to that itself.
        if (onDuplicate === 'ignore' && state.away === null) mustAgree(state, added)
        const revision = await writeTuples(service.write, state, added, gone, onDuplicate, { onMissing, model })
        return { ...json({}), headers: { [TOKEN_HEADER]: String(revision) } }
      },
    }),
    ...fgaRoutes({
      operation: 'ReadChanges',
      method: 'GET',
      path: '/stores/{store_id}/changes',
      summary: 'OpenFGA: tuples written and deleted, oldest first',
      needs: ACTS.readTuples,
      query: z.object({
        type: z.string().max(254).optional(),
        page_size: z.coerce.number().int().min(1, 'expected at least 1').max(100, 'expected 1 to 100').default(50),
        continuation_token: shape.token,
        start_time: z.iso.datetime({ offset: true }).optional(),
      }),
      answers: ok(shape.answer('changes', 'continuation_token')),
      async handle(call) {
        const state = await service.pull(await storeOf(service, call))
        const { type = '', page_size, continuation_token = '', start_time } = call.query
        const since = start_time === undefined ? null : Date.parse(start_time)
        if (since !== null && since >= service.clock()) throw invalid('`start_time`: expected a time that has passed')
        const after = placeOf(continuation_token, type)
        const only = { type: type === '' ? null : type, since: continuation_token === '' ? since : null }
        const { changes, last } = await readTupleChanges(service, state, after, page_size, only)
        const shown = changes.map(({ operation, tuple, at }) => ({
          tuple_key: keyOf(tuple),
          operation: operation === 'write' ? 'TUPLE_OPERATION_WRITE' : 'TUPLE_OPERATION_DELETE',
          timestamp: new Date(at).toISOString(),
        }))
        const next = changes.length === 0 ? continuation_token : changeToken(last, type)
        return json({ changes: shown, continuation_token: next })
      },
    }),
  ]
}

interface ReadKey {
  readonly user?: string | null | undefined
  readonly relation?: string | null | undefined
  readonly object?: string | null | undefined
}

/** What to read; null for what no tuple can match. */
function filterOf(key: ReadKey | null): Parameters<typeof readTuples>[1] | null {
  if (key === null) return {}
  const [type = '', id = ''] = (key.object ?? '').split(/:(.*)/s)
  if (!(key.object ?? '').includes(':') || type === '' || (id === '' && !key.user)) {
    throw invalid('`tuple_key` needs the type of an object, and an object id or a user')
  }
  const object = id === '' ? null : parseUser(key.object ?? '')
  if (id !== '' && object?.kind !== 'entity') return null
  if (key.user && parseUser(key.user) === null) return null
  return {
    ...(id === '' ? { type } : { object: key.object ?? '' }),
    ...(key.relation && { relation: key.relation }),
    ...(key.user && { user: key.user }),
  }
}

function choice(given: string | null | undefined, name: string): 'error' | 'ignore' {
  if (given === undefined || given === null || given === '' || given === 'error') return 'error'
  if (given === 'ignore') return 'ignore'
  throw invalid(`invalid ${name} option: ${given}`)
}

function mustBeWritable(model: Model, writes: readonly Tuple[], deletes: readonly TupleKey[]): void {
  for (const tuple of writes) {
    const problem = validateTuple(model, tuple)
    if (problem !== null) throw invalid(`Invalid tuple '${keyText(tuple)}'. Reason: ${problem.message}`)
  }
  for (const { user } of deletes) {
    if (!/^[^:# ]+$/.test(user) && parseUser(user) === null) throw invalid(`the 'user' field is malformed: '${user}'`)
  }
  const keys = new Set<string>()
  for (const tuple of [...deletes, ...writes]) {
    const key = keyText(tuple)
    if (keys.has(key)) {
      throw new FgaError('cannot_allow_duplicate_tuples_in_one_request', `duplicate tuple in write: ${key}`)
    }
    keys.add(key)
  }
  if (keys.size > MOST_TUPLES) {
    throw new FgaError(
      'exceeded_entity_limit',
      `The number of write operations exceeds the allowed limit of ${MOST_TUPLES}`,
    )
  }
}

/** A tuple that is there under another condition is no duplicate to ignore. */
function mustAgree(state: OrgState, writes: readonly Tuple[]): void {
  for (const tuple of writes) {
    if (state.graph?.has(tuple) !== true) continue
    const { tuples } = readTuples(state, { object: tuple.object, relation: tuple.relation, user: tuple.user }, 1, null)
    const there = tuples[0]
    if (there !== undefined && !sameCondition(there.condition, tuple.condition)) {
      throw new FgaError('Aborted', `the tuple ${keyText(tuple)} is there under another condition`)
    }
  }
}

const sameCondition = (a: Tuple['condition'], b: Tuple['condition']): boolean => ordered(a) === ordered(b)

const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
