import { sha256 } from '../../lib/ids.ts'
import { firstOf, objectListing, wholeList } from '../../pdp/lists.ts'
import type { OrgState } from '../../pdp/org.ts'
import { firstAfter, readToken, writeToken } from '../../pdp/search.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { TupleText } from '../../policy/question.ts'
import type { Graph } from '../../relations/graph.ts'
import { findRelation, type TupleUser } from '../../relations/tuple.ts'
import { AuthzError } from './error.ts'

const failed = (message: string): AuthzError => new AuthzError('ZANZIBAR_CHECK_FAILED', message)

/** The org's relations, for a question about one of a type. Fails with `ZANZIBAR_CHECK_FAILED`. */
export function graphFor(state: OrgState, type: string, relation: string): Graph {
  mustKnow(state, type, relation)
  if (state.graph !== null) return state.graph
  throw failed(
    'the relations of this org are on an OpenFGA server; ask it through `/openfga`, which knows this question',
  )
}

/** Fails with `ZANZIBAR_CHECK_FAILED` where the model has no such relation. */
export function mustKnow({ model }: OrgState, type: string, relation: string): void {
  if (model === null) throw failed('the org has no model yet; write one before asking about relations')
  if (!model.model.types.has(type)) throw failed(`\`${type}\` is not a type of the model`)
  if (findRelation(model.model, type, relation) === null)
    throw failed(`\`${relation}\` is not a relation of \`${type}\``)
}

/** The tuples that prove a yes, or null for a no. What cannot be decided is refused, never a yes and never a no. */
export function proofOf(
  graph: Graph,
  object: Entity,
  relation: string,
  user: TupleUser,
  context: JsonObject,
): readonly TupleText[] | null {
  const { truth, why, proof } = graph.check(object, relation, user, { context })
  if (truth === 'unknown') throw failed(why ?? 'the relation cannot be decided')
  return truth === 'yes' ? (proof?.() ?? []) : null
}

const undecided = (id: string | null, why: string): never => {
  throw failed(id === null ? why : `\`${id}\`: ${why}`)
}

/** Ids of the objects of a type on which a subject holds a relation, sorted: all, or those of a page and one more. */
export function objectsOf(
  state: OrgState,
  type: string,
  relation: string,
  user: TupleUser,
  context: JsonObject,
  { page_size, after }: { readonly page_size?: number | null | undefined; readonly after: string },
): Promise<readonly string[]> {
  const graph = graphFor(state, type, relation)
  const most = page_size ? page_size + 1 : Number.POSITIVE_INFINITY
  const begin = () => objectListing(graph, type, relation, user, { context, undecided }, after)
  return wholeList(state, () => firstOf(begin(), most))
}

export interface Holders {
  readonly ids: readonly string[]
  /** Everyone of the type holds it as well, but for these. */
  readonly wildcard: boolean
  readonly except: readonly string[]
}

/** All who hold a relation: entities of a type, or, of `type#relation`, the sets that hold it. Sorted by id. */
export async function holdersOf(
  state: OrgState,
  object: Entity,
  relation: string,
  of: string,
  context: JsonObject,
): Promise<Holders> {
  const graph = graphFor(state, object.type, relation)
  const [type = '', set] = of.split('#')
  if (!graph.model.types.has(type)) throw failed(`\`${type}\` is not a type of the model`)
  const options = { context, undecided }
  if (set === undefined) return wholeList(state, () => graph.users(object, relation, type, options))
  if (findRelation(graph.model, type, set) === null) throw failed(`\`${set}\` is not a relation of \`${type}\``)
  const ids = await wholeList(state, () => graph.sets(object, relation, { type, relation: set }, options))
  return { ids, wildcard: false, except: [] }
}

export interface Page {
  readonly page_size?: number | null | undefined
  readonly continuation_token?: string | null | undefined
}

const printOf = (question: readonly unknown[]): string => sha256(JSON.stringify(question)).slice(0, 32)

/** The id a page goes on behind; empty for the first. Fails with `invalid_page_token`. */
export const afterOf = ({ continuation_token }: Page, question: readonly unknown[]): string =>
  continuation_token ? readToken(continuation_token, printOf(question)) : ''

/**
 * A part of a sorted list and where to go on, or all of it. A token names the last id of a page, so that what is written
 * in between neither repeats nor skips what stays. It serves only the question it came from. Fails with `invalid_page_token`.
 */
export function pageOf(ids: readonly string[], asked: Page, question: readonly unknown[]) {
  const after = afterOf(asked, question)
  const from = after === '' ? 0 : firstAfter(ids, after)
  const end = Math.min(ids.length, from + (asked.page_size ?? ids.length))
  const page = ids.slice(from, end)
  const last = page.at(-1)
  const token = end < ids.length && last !== undefined ? writeToken(last, printOf(question)) : ''
  return { page, isFirst: after === '', token }
}
