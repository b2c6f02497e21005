import type { StoredTuple } from '../facts/store.ts'
import { timedId } from '../lib/ids.ts'
import type { Json } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import { parseModel } from '../relations/model.ts'
import { validateTuple } from '../relations/tuple.ts'
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
  if (!parsed.ok) {
    throw new PdpError('invalid_model', 'the model has errors; nothing was stored', {
      problems: plain(parsed.problems),
    })
  }
  const reserved = [...parsed.model.types.keys()].filter(t => shipped.reservedTypes.has(t))
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

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value))

/** Writes and deletes tuples, all or none. Fails with `model_missing`, `invalid_tuple`, `tuple_exists`, `tuple_missing`. */
export async function writeTuples(
  write: Writer,
  state: OrgState,
  writes: readonly StoredTuple[],
  deletes: readonly TupleText[],
  onConflict: 'error' | 'ignore',
): Promise<number> {
  if (state.model === null) {
    throw new PdpError('model_missing', 'the org has no model yet; write one before its tuples')
  }
  const { model } = state.model
  const problems = writes.flatMap((tuple, index) => {
    const problem = validateTuple(model, tuple)
    return problem === null ? [] : [{ index, ...tuple, problem: problem.message }]
  })
  if (problems.length > 0) {
    throw new PdpError('invalid_tuple', problems[0]?.problem ?? '', { problems: plain(problems.slice(0, 100)) })
  }
  return write(state, [{ kind: 'tuples', writes, deletes }], onConflict)
}

/** A page of the org's tuples that match a filter, in a stable order. Fails with `invalid_page_token`. */
export function readTuples(
  state: OrgState,
  filter: { object?: string | undefined; relation?: string | undefined; user?: string | undefined },
  limit: number,
  token: string | null,
): { tuples: readonly StoredTuple[]; nextToken: string } {
  return { tuples: [], nextToken: '' }
}
