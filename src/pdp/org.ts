import { concerns } from '../engine/candidates.ts'
import { changedRules } from '../engine/changed.ts'
import { compilePolicies, type PolicySet, type RuleMemo, type SourceRule } from '../engine/compile.ts'
import { type Attributes, createAttributes } from '../facts/attributes.ts'
import { type Away, cellOfTuple, unasked } from '../facts/away.ts'
import { attributeCell, keyCell } from '../facts/cells.ts'
import { createRegistry, type WritableRegistry } from '../facts/registry.ts'
import {
  answersAway,
  type Change,
  type Engine,
  type KeyRecord,
  type LoggedChange,
  type Org,
  type RelationStore,
  type Snapshot,
  type SnapshotHead,
} from '../facts/store.ts'
import type { World } from '../facts/world.ts'
import { type Compiled, type CompileMemo, compileText, createCompileMemo } from '../language/compile.ts'
import { CAPABILITY, MCP_TOOL } from '../policy/capability.ts'
import type { TupleText } from '../policy/question.ts'
import { emptyVocabulary, type Vocabulary } from '../policy/vocabulary.ts'
import { cellsOf, createGraph, type Graph, HOPS } from '../relations/graph.ts'
import { type Model, outlineOf } from '../relations/model.ts'
import { type CacheUse, createResidualCache, type ResidualCache } from './cache.ts'
import type { OrgMeters } from './meters.ts'
import { memoFor, type Shipped } from './shipped.ts'
import { readModel, type StoredModel } from './stored-model.ts'
import { touchedWhenGone, touchRegistered } from './touch.ts'

/** What decides for one org, in memory, at one revision. Changed only by `applyChange`. */
export interface OrgState extends World {
  org: Org
  revision: number
  /** Most hops of one relation check. */
  readonly hops: number
  model: StoredModel | null
  graph: Graph | null
  /** The server that has the relations, or is to have them; null: they are in `graph`. */
  engine: Engine | null
  readonly away: Away | null
  readonly feed: Feed
  /** What was worked out before is not used for this call. */
  readonly fresh?: boolean
  readonly attributes: Attributes
  readonly keys: Map<string, KeyRecord>
  readonly registry: WritableRegistry
  /** OpenFGA stores beside this one, deleted ones too. */
  readonly stores: Map<string, RelationStore>
  policy: { readonly version: number; readonly text: string }
  /** The policy's sentences as they were understood. */
  compiled: Compiled
  vocabulary: Vocabulary
  /** The org's own rules after the shipped ones. */
  set: PolicySet
  rules: readonly SourceRule[]
  readonly memo: OrgMemo
  readonly cache: ResidualCache
  /** Of all orgs of the node, once it is among them. */
  cacheUse: CacheUse
  /** Null: nobody counts, and whatever is limited is unknown. */
  meters: OrgMeters | null
  /** Requests that go on using it: meanwhile it is not dropped from memory. */
  held: number
}

/** What is known of a server's writes. */
export interface Feed {
  /** Counts what may have made wrong what was worked out of the server's answers. */
  tide: number
  /** No write the server took before this instant is unknown here; in milliseconds since the epoch. */
  confirmedAt: number
}

/** What compiling texts and rules of one org keeps, so that an edit costs what was edited. */
export interface OrgMemo {
  readonly texts: CompileMemo
  readonly rules: RuleMemo
}

export function stateOf(snapshot: Snapshot, shipped: Shipped, hops = HOPS): OrgState {
  const state = bareState(snapshot, shipped, hops)
  for (const { entity, name, value } of snapshot.attributes) state.attributes.put(entity, name, value)
  for (const tuple of snapshot.tuples) state.graph?.write(tuple)
  return state
}

/** An org whose attributes and tuples are still to be filled in, before it answers anything. */
export function bareState(head: SnapshotHead, shipped: Shipped, hops = HOPS): OrgState {
  const keys = new Map(head.keys.map(k => [k.id, k]))
  const model = head.model === null ? null : readModel(head.model.id, head.model.dsl)
  const engine = head.engine ?? null
  const policy = { version: head.policy?.version ?? 0, text: head.policy?.text ?? '' }
  const memo = { texts: createCompileMemo(), rules: memoFor(shipped, head.org.zone) }
  const compiled = compileFor(head.org, model?.model ?? null, policy.text, memo)
  const rules = rulesOf(shipped, compiled)
  return {
    org: head.org,
    revision: head.revision,
    hops,
    model,
    graph: model === null || answersAway(engine) ? null : createGraph(model.model, hops),
    attributes: createAttributes(),
    engine,
    away: answersAway(engine) ? unasked(notAsked(engine.server), model?.model ?? null) : null,
    feed: { tide: 0, confirmedAt: 0 },
    keys,
    registry: createRegistry(head.registered),
    stores: new Map((head.stores ?? []).map(s => [s.id, s])),
    key: id => keys.get(id),
    policy,
    compiled,
    vocabulary: compiled.vocabulary,
    rules,
    set: setOf(head.org, rules, policy.version, memo.rules),
    memo,
    cache: createResidualCache(),
    cacheUse: { hits: 0, misses: 0 },
    meters: null,
    held: 0,
  }
}

const notAsked = (server: string): string => `the relations server \`${server}\` was not asked; is it in the settings?`

/**
 * The same without its relations, for what is done about an org that is too large for this node's memory. Whatever depends on
 * a tuple is unknown.
 */
export function withoutGraph(head: SnapshotHead, shipped: Shipped): OrgState {
  const state = bareState(head, shipped)
  if (state.graph === null) return state
  return { ...state, graph: null, away: unasked('the relations of the org do not fit in memory', state.graph.model) }
}

/** Whether nobody can ask this state for the org's relations. */
export const isUnloaded = ({ away, engine }: OrgState): boolean => away !== null && !answersAway(engine)

const NO_MODEL = {}
/** Types that every org has, whatever its model: what the token endpoint gives, and what it is given for. */
const TOKEN_TYPES: readonly string[] = [
  'scope',
  'audience',
  CAPABILITY,
  MCP_TOOL,
  'mcp_server',
  'approval',
  'risk',
  'second_approval',
  'task',
]
const vocabularies = new WeakMap<object, Map<string, Vocabulary>>()

/** The words there are before any text: one object for one model and zone. */
export function vocabularyOf(org: Org, model: Model | null): Vocabulary {
  const byZone = vocabularies.get(model ?? NO_MODEL) ?? new Map<string, Vocabulary>()
  vocabularies.set(model ?? NO_MODEL, byZone)
  const known = byZone.get(org.zone)
  if (known !== undefined) return known
  const empty = emptyVocabulary(model === null ? { types: [] } : outlineOf(model), org.zone)
  const made = { ...empty, types: new Set(TOKEN_TYPES.filter(name => model?.types.has(name) !== true)) }
  byZone.set(org.zone, made)
  return made
}

export function compileFor(org: Org, model: Model | null, text: string, memo?: OrgMemo, file = 'policy'): Compiled {
  return compileText(text, vocabularyOf(org, model), { file, ...(memo !== undefined && { memo: memo.texts }) })
}

/** A text as the org would read it now. */
export const compileIn = ({ org, model, memo }: OrgState, text: string, file?: string): Compiled =>
  compileFor(org, model?.model ?? null, text, memo, file)

/** INVARIANT: a stored policy was accepted under the stored model, so a text with errors here is a broken store. */
export function rulesOf(shipped: Shipped, compiled: Compiled): readonly SourceRule[] {
  const fault = compiled.diagnostics.find(d => d.severity === 'error')
  if (fault !== undefined) throw new Error(`stored policy is not readable: line ${fault.span.line}: ${fault.message}`)
  return [...shipped.rules, ...compiled.rules.map(({ id, text, rule }) => ({ id, text, rule }))]
}

export const setOf = (org: Org, rules: readonly SourceRule[], version: number, memo?: RuleMemo): PolicySet =>
  compilePolicies(rules, { org: org.slug, zone: org.zone, version }, memo)

/** Brings the state to the change's revision, and drops what it makes stale, before anyone can ask again. */
export function applyChange(state: OrgState, logged: LoggedChange, shipped: Shipped): void {
  applyTo(state, logged.change, shipped)
  state.revision = logged.revision
}

function applyTo(state: OrgState, change: Change, shipped: Shipped): void {
  switch (change.kind) {
    case 'tuples':
      for (const tuple of change.deletes) {
        state.graph?.remove(tuple)
        touchTuple(state, tuple)
      }
      for (const tuple of change.writes) {
        state.graph?.write(tuple)
        touchTuple(state, tuple)
      }
      return
    case 'attributes':
      for (const [name, value] of Object.entries(change.set)) state.attributes.put(change.entity, name, value)
      for (const name of change.unset) state.attributes.remove(change.entity, name)
      for (const name of [...Object.keys(change.set), ...change.unset])
        state.cache.touch(attributeCell(change.entity, name))
      return
    case 'key':
      state.keys.set(change.key.id, change.key)
      state.cache.touch(keyCell(change.key.id))
      return
    case 'store':
      state.stores.set(change.store.id, change.store)
      return
    case 'registered':
      touchRegistered(state, change.entry)
      state.registry.put(change.entry)
      return
    case 'unregistered': {
      const entry = touchedWhenGone(state.registry, change.of, change.id)
      if (entry !== undefined) touchRegistered(state, entry)
      state.registry.remove(change.of, change.id)
      return
    }
    case 'engine':
      state.engine = change.engine
      state.feed.tide += 1
      state.cache.clear()
      return
    case 'stale':
      for (const tuple of change.tuples) touchTuple(state, tuple)
      return
    case 'model': {
      const model = readModel(change.id, change.dsl)
      if (state.away === null) {
        state.graph = state.graph === null ? createGraph(model.model, state.hops) : state.graph.withModel(model.model)
      }
      state.model = model
      rebuild(state, shipped)
      return
    }
    case 'policy':
      state.policy = { version: change.version, text: change.text }
      rebuild(state, shipped, true)
      return
    case 'org':
      if (state.org.zone !== change.zone) Object.assign(state.memo.rules, memoFor(shipped, change.zone))
      state.org = { ...state.org, name: change.name, zone: change.zone }
      rebuild(state, shipped)
      return
  }
}

/** `onlyRules`: nothing but rules has changed, so that what they do not concern is as it was. */
function rebuild(state: OrgState, shipped: Shipped, onlyRules = false): void {
  const before = state.set
  const compiled = compileIn(state, state.policy.text)
  state.rules = rulesOf(shipped, compiled)
  state.compiled = compiled
  state.vocabulary = compiled.vocabulary
  state.set = setOf(state.org, state.rules, state.policy.version, state.memo.rules)
  state.feed.tide += 1
  const changed = onlyRules && state.away === null ? changedRules(before, state.set) : null
  if (changed === null) state.cache.clear()
  else state.cache.revise(concern => concerns(changed, concern))
}

/** Whether a change moves the relations, so that the org must be read anew. */
export const moves = (state: OrgState, change: Change): boolean =>
  change.kind === 'engine' &&
  (answersAway(change.engine) !== answersAway(state.engine) || change.engine?.storeId !== state.engine?.storeId)

/** Drops what was read of a tuple, before anyone can ask again. */
export function touchTuple(state: OrgState, tuple: TupleText): void {
  if (state.away !== null) {
    state.feed.tide += 1
    state.cache.touch(cellOfTuple({ type: tuple.object.slice(0, tuple.object.indexOf(':')) }, tuple.relation))
    return
  }
  for (const cell of cellsOf(tuple)) state.cache.touch(cell)
}
