import { isSpace, type StoredTuple } from '../facts/store.ts'
import { randomText, timedId } from '../lib/ids.ts'
import { parseEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { PlacedTuple, TupleFilter } from '../relations/graph.ts'
import { type Model, parseModel } from '../relations/model.ts'
import { parseModules } from '../relations/modules.ts'
import { parseUser, validateTuple } from '../relations/tuple.ts'
import { PdpError } from './errors.ts'
import { compileFor, type OrgState } from './org.ts'
import type { Shipped } from './shipped.ts'
import type { Writer } from './write.ts'

/**
 * Makes `dsl` the org's model. Fails with `invalid_model` (every problem, with line and column), or with
 * `model_conflict` when the published policy would no longer compile under it.
 */
export async function putModel(write: Writer, state: OrgState, shipped: Shipped, dsl: string, at: number) {
  const parsed = parseModel(dsl)
  if (!parsed.ok) throw wrongModel(parsed.problems)
  const own = !isSpace(state.org.slug)
  const reserved = [...parsed.model.types.keys()].filter(t => own && shipped.reservedTypes.has(t))
  if (reserved.length > 0) {
    throw new PdpError(
      'invalid_model',
      `the types \`${reserved.join('`, `')}\` belong to the service; choose other names`,
    )
  }
  const faults = compileFor(state.org, parsed.model, state.policy.text).diagnostics.filter(d => d.severity === 'error')
  if (faults.length > 0) {
    throw new PdpError('model_conflict', 'the published policy would not compile under this model', {
      diagnostics: plain(faults),
    })
  }
  const id = timedId('model', at)
  const revision = await write(state, [{ kind: 'model', id, dsl }])
  return { id, revision }
}

/** A model in modules as one text. Fails with `invalid_model` (every problem, with file, line and column). */
export function joinModules(mod: string, files: Readonly<Record<string, string>>): string {
  const parsed = parseModules(
    mod,
    Object.entries(files).map(([name, text]) => ({ name, text })),
  )
  if (!parsed.ok) throw wrongModel(parsed.problems)
  return parsed.dsl
}

const wrongModel = (problems: readonly object[]): PdpError =>
  new PdpError('invalid_model', 'the model has errors; nothing was stored', { problems: plain(problems) })

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value))

/** `model`: another of the org's models to judge the tuples by. */
export interface WriteDetail {
  readonly onMissing?: 'error' | 'ignore'
  readonly model?: Model | undefined
}

/** Writes and deletes tuples, all or none. Fails with `model_missing`, `invalid_tuple`, `tuple_exists`, `tuple_missing`. */
export async function writeTuples(
  write: Writer,
  state: OrgState,
  writes: readonly StoredTuple[],
  deletes: readonly TupleText[],
  onConflict: 'error' | 'ignore',
  { onMissing = onConflict, model = state.model?.model }: WriteDetail = {},
): Promise<number> {
  if (model === undefined) {
    throw new PdpError('model_missing', 'the org has no model yet; write one before its tuples')
  }
  const problems = writes.flatMap((tuple, index) => {
    const problem = validateTuple(model, tuple)
    return problem === null ? [] : [{ index, ...tuple, problem: problem.message }]
  })
  if (problems.length > 0) {
    throw new PdpError('invalid_tuple', problems[0]?.problem ?? '', { problems: plain(problems.slice(0, 100)) })
  }
  return write(state, [{ kind: 'tuples', writes, deletes }], onConflict, onMissing)
}

interface ReadFilter {
  readonly type?: string | undefined
  readonly object?: string | undefined
  readonly relation?: string | undefined
  readonly user?: string | undefined
}

export interface TuplesPage {
  readonly tuples: readonly StoredTuple[]
  readonly nextToken: string
}

/**
 * A page of the tuples the org has in memory that match a filter, in a stable order. Fails with `invalid_page_token`,
 * `invalid_tuple`.
 */
export function readTuples(state: OrgState, filter: ReadFilter, limit: number, token: string | null): TuplesPage {
  if (state.away !== null) throw new Error('tuples that a server has were looked for in memory')
  const wanted = filterOf(filter)
  const after = token === null ? {} : { after: placeOf(state, token) }
  const page: PlacedTuple[] = []
  for (const placed of state.graph?.tuples({ ...wanted, ...after }) ?? []) {
    page.push(placed)
    if (page.length > limit) break
  }
  const shown = page.slice(0, limit)
  const last = shown.at(-1)
  const nextToken = page.length > limit && last !== undefined ? `${last.place}.${nonceOf(state)}` : ''
  return { tuples: shown.map(p => p.tuple), nextToken }
}

function filterOf(filter: ReadFilter): TupleFilter {
  const object = filter.object === undefined ? undefined : parseEntity(filter.object)
  const user = filter.user === undefined ? undefined : parseUser(filter.user)
  if (object === null || user === null) {
    const which = object === null ? filter.object : filter.user
    throw new PdpError('invalid_tuple', `\`${which}\` is no entity; expected \`type:id\``)
  }
  return {
    ...(filter.type !== undefined && { type: filter.type }),
    ...(object !== undefined && { object }),
    ...(filter.relation !== undefined && { relation: filter.relation }),
    ...(user !== undefined && { user }),
  }
}

/** Places belong to one loading of an org into memory; tokens of another are refused. */
const nonces = new WeakMap<OrgState, string>()

function nonceOf(state: OrgState): string {
  const nonce = nonces.get(state) ?? randomText(6)
  nonces.set(state, nonce)
  return nonce
}

function placeOf(state: OrgState, token: string): number {
  const [place = '', nonce] = token.split('.')
  if (nonce !== nonceOf(state) || !/^\d{1,15}$/.test(place)) {
    throw new PdpError('invalid_page_token', 'the page token is no longer good; start again without it')
  }
  return Number(place)
}
