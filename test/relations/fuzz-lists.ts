import type { Truth } from '../../src/policy/question.ts'
import type { Graph } from '../../src/relations/graph.ts'
import { type Excuse, isStuck, judge, oracle, undecidable } from './excuses.ts'
import type { Asking, Peer } from './openfga.ts'
import type { Stored } from './shrink.ts'

export type ListKind = 'objects' | 'users' | 'sets'

interface Ours {
  readonly ids: readonly string[]
  /** What could not be decided, left out of the comparison. */
  readonly open: ReadonlySet<string | null>
  /** What the list says of an id. */
  readonly truth: (id: string) => Truth
}

/** `everyone`, `list`, `stuck`: the list alone is at fault, the server's check says what ours says, or it never ended. */
export type ListExcuse = Excuse | 'everyone' | 'list' | 'stuck'

export interface Compared {
  readonly difference: { readonly ours: unknown; readonly theirs: unknown } | null
  readonly excuses: readonly ListExcuse[]
}

/**
 * Lists are compared by what they hold. Where an id is on one of them only, the server's own check decides: it says what
 * ours says (its list is at fault, or leaves out somebody whom everyone's tuple covers), or the check itself is excused.
 */
export async function compareList(
  peer: Peer,
  graph: Graph,
  stored: Stored,
  one: Asking,
  kind: ListKind,
): Promise<Compared> {
  const { ids: ours, open, truth } = listed(graph, one, kind)
  const theirs = await theirList(peer, one, kind)
  const differs = { difference: { ours, theirs }, excuses: [] }
  if ('error' in theirs) {
    // A list errs as soon as it meets a condition that cannot be evaluated.
    const ids = kind === 'users' ? ['1', '2', '*'] : ['1', '2']
    const right = ids.every(id => {
      const exact = oracle(stored, askingOf(one, kind, id))
      // Where everyone is undecided the list does not say who is excepted.
      return truth(id) === exact || (exact === 'no' && truth(id) === 'unknown' && open.has('*'))
    })
    const excuse = isStuck(theirs) ? 'stuck' : undecidable(stored, one, theirs, true) ? 'condition' : null
    return right && excuse !== null ? { difference: null, excuses: [excuse] } : differs
  }
  if (open.has(null)) return { difference: null, excuses: [] }
  const apart = [...new Set([...ours, ...theirs])].filter(
    id => ours.includes(id) !== theirs.includes(id) && !open.has(id),
  )
  if (apart.length === 0) return { difference: null, excuses: [] }
  const asked = apart.map(id => askingOf(one, kind, id))
  const said = await peer.check(asked)
  const everyone = kind === 'users' && ours.includes('*') && theirs.includes('*')
  const excuses: ListExcuse[] = []
  for (const [i, id] of apart.entries()) {
    const listed = ours.includes(id)
    const found = judge(stored, asked[i] as Asking, { truth: listed ? 'yes' : 'no' }, said[i] ?? 'no')
    if (found === null) return differs
    excuses.push(found !== 'same' ? found : everyone && listed ? 'everyone' : 'list')
  }
  return { difference: null, excuses }
}

function listed(graph: Graph, { object, relation, user, ...given }: Asking, kind: ListKind): Ours {
  const open = new Set<string | null>()
  const options = { ...given, undecided: (id: string | null) => open.add(id) }
  const of = (ids: readonly string[]): Ours => {
    const truth = (id: string): Truth => (ids.includes(id) ? 'yes' : open.has(id) || open.has(null) ? 'unknown' : 'no')
    return { ids, open, truth }
  }
  if (user.kind === 'set')
    return of(graph.listSets(object, relation, { type: user.object.type, relation: user.relation }, options))
  if (user.kind !== 'entity') throw new Error('a list is of the entity or the set that is asked about')
  if (kind === 'objects') return of(graph.listObjects(object.type, relation, user.entity, options))
  const { ids, wildcard, except } = graph.listUsers(object, relation, user.entity.type, options)
  const all = of([...ids, ...(wildcard ? ['*'] : [])])
  const truth = (id: string): Truth => {
    const named = all.truth(id)
    return named !== 'no' || except.includes(id) ? named : all.truth('*')
  }
  return { ...all, truth }
}

function theirList(peer: Peer, one: Asking, kind: ListKind) {
  if (kind === 'objects') return peer.listObjects(one)
  if (one.user.kind === 'set') return peer.listSets(one, { type: one.user.object.type, relation: one.user.relation })
  return peer.listUsers(one, one.user.kind === 'entity' ? one.user.entity.type : one.user.type)
}

function askingOf(one: Asking, kind: ListKind, id: string): Asking {
  if (kind === 'objects') return { ...one, object: { type: one.object.type, id } }
  if (one.user.kind === 'set') return { ...one, user: { ...one.user, object: { type: one.user.object.type, id } } }
  const type = one.user.kind === 'entity' ? one.user.entity.type : one.user.type
  return { ...one, user: id === '*' ? { kind: 'wildcard', type } : { kind: 'entity', entity: { type, id } } }
}
