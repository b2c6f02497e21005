import type { ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'
import type { CompiledRule, Link } from './clause.ts'

/** Rules that share action and resource selector, by who they are about. `all` holds each once, in order. */
export interface SubjectIndex {
  readonly all: CompiledRule[]
  readonly anyone: CompiledRule[]
  readonly types: Map<string, CompiledRule[]>
  readonly named: Map<string, Map<string, CompiledRule[]>>
}

/** Rules that share an action, by what they are about. */
export interface ResourceIndex {
  readonly anything: SubjectIndex
  readonly types: Map<string, SubjectIndex>
  readonly named: Map<string, Map<string, SubjectIndex>>
}

export interface RuleLayer {
  readonly byAction: Map<string, ResourceIndex>
  readonly anyAction: ResourceIndex
}

/** Rules of a lower layer come before those of a higher one; lower layers are shared with other sets. */
export interface RuleIndex {
  readonly layers: readonly RuleLayer[]
}

type Selector = { readonly kind: 'any' } | { readonly kind: 'type'; readonly type: string } | NamedSelector
type NamedSelector = { readonly kind: 'named'; readonly entity: Entity }

const newSubjects = (): SubjectIndex => ({ all: [], anyone: [], types: new Map(), named: new Map() })
const newResources = (): ResourceIndex => ({ anything: newSubjects(), types: new Map(), named: new Map() })

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** INVARIANT: a rule left out of a request's bucket answers `no` to that request. */
export function buildIndex(rules: readonly CompiledRule[], under: RuleIndex | null = null): RuleIndex {
  const index: RuleLayer = { byAction: new Map(), anyAction: newResources() }
  for (const rule of rules) {
    const resources = resourceSelectors(rule.resource)
    const subjects = subjectSelectors(rule.subject)
    const homes = rule.actions === null ? [index.anyAction] : rule.actions.map(a => at(index.byAction, a, newResources))
    for (const home of new Set(homes)) {
      for (const resource of resources) {
        const bucket = resourceBucket(home, resource)
        if (bucket.all.at(-1) !== rule) bucket.all.push(rule)
        for (const subject of subjects) {
          const list = subjectBucket(bucket, subject)
          if (list.at(-1) !== rule) list.push(rule)
        }
      }
    }
  }
  return { layers: under === null ? [index] : [...under.layers, index] }
}

function resourceBucket(home: ResourceIndex, selector: Selector): SubjectIndex {
  if (selector.kind === 'any') return home.anything
  if (selector.kind === 'type') return at(home.types, selector.type, newSubjects)
  const ids = at(home.named, selector.entity.type, () => new Map<string, SubjectIndex>())
  return at(ids, selector.entity.id, newSubjects)
}

function subjectBucket(bucket: SubjectIndex, selector: Selector): CompiledRule[] {
  if (selector.kind === 'any') return bucket.anyone
  if (selector.kind === 'type') return at(bucket.types, selector.type, () => [])
  const ids = at(bucket.named, selector.entity.type, () => new Map<string, CompiledRule[]>())
  return at(ids, selector.entity.id, () => [])
}

function subjectSelectors(phrase: SubjectPhrase): readonly Selector[] {
  switch (phrase.kind) {
    case 'anyone':
    case 'role':
      return [{ kind: 'any' }]
    case 'type':
    case 'group':
      return [{ kind: 'type', type: phrase.type }]
    case 'named':
      return [phrase]
    case 'any-of':
      return phrase.of.flatMap(subjectSelectors)
    case 'except':
      return subjectSelectors(phrase.of)
    case 'acting':
      return subjectSelectors(phrase.actor)
  }
}

function resourceSelectors(phrase: ResourcePhrase): readonly Selector[] {
  switch (phrase.kind) {
    case 'anything':
      return [{ kind: 'any' }]
    case 'type':
      return [{ kind: 'type', type: phrase.type }]
    case 'named':
      return [phrase]
    case 'any-of':
      return phrase.of.flatMap(resourceSelectors)
    case 'except':
      return resourceSelectors(phrase.of)
  }
}

/** The rules that could apply to a link, by effect, each once and in order. */
export interface Candidates {
  readonly forbids: readonly CompiledRule[]
  readonly approvals: readonly CompiledRule[]
  readonly permits: readonly CompiledRule[]
}

const NO_RULES: readonly CompiledRule[] = Object.freeze([])

/** Looks at the buckets a link falls into and at no others. Without a resource id, every named resource of its type counts. */
export function candidatesOf(index: RuleIndex, link: Link): Candidates {
  const { type, id } = link.subject
  const found: Found = { forbid: null, approval: null, permit: null }
  for (const bucket of bucketsOf(index, link)) {
    take(bucket.anyone, found)
    take(bucket.types.get(type), found)
    if (bucket.named.size > 0) take(bucket.named.get(type)?.get(id), found)
  }
  return { forbids: inOrder(found.forbid), approvals: inOrder(found.approval), permits: inOrder(found.permit) }
}

type Found = { [E in CompiledRule['effect']]: CompiledRule[] | null }

function take(rules: readonly CompiledRule[] | undefined, found: Found): void {
  if (rules === undefined) return
  for (const rule of rules) {
    const list = found[rule.effect]
    if (list === null) found[rule.effect] = [rule]
    else list.push(rule)
  }
}

/** Each once. As a rule they come from one bucket, in order. */
function inOrder(rules: CompiledRule[] | null): readonly CompiledRule[] {
  if (rules === null) return NO_RULES
  for (let i = 1; i < rules.length; i += 1) {
    if ((rules[i - 1] as CompiledRule).order >= (rules[i] as CompiledRule).order) {
      return rules.sort((a, b) => a.order - b.order).filter((rule, n) => rule !== rules[n - 1])
    }
  }
  return rules
}

/** Up to `limit` permits for the link's action and resource, whoever they are about. */
export function permitsForOthers(index: RuleIndex, link: Link, limit: number): readonly CompiledRule[] {
  const found = new Set<CompiledRule>()
  let looked = 0
  for (const bucket of bucketsOf(index, link)) {
    for (const rule of bucket.all) {
      if (found.size >= limit || looked >= limit * 16) break
      looked += 1
      if (rule.effect === 'permit') found.add(rule)
    }
  }
  return [...found].sort((a, b) => a.order - b.order)
}

/** What of a link it depends on which rules are looked at, and which are told of where none permits. */
export type Concern = Pick<Link, 'action' | 'resource'>

/** Whether any rule is about the action and the resource, whoever asks. */
export const concerns = (index: RuleIndex, concern: Concern): boolean =>
  bucketsOf(index, concern).some(({ all }) => all.length > 0)

/** Of each kind of bucket that of the lowest layer first, so that rules come as they would from one index of all. */
function bucketsOf({ layers }: RuleIndex, { action, resource }: Concern): readonly SubjectIndex[] {
  const buckets: SubjectIndex[] = []
  const ofAction: ResourceIndex[] = []
  for (const layer of layers) {
    const home = layer.byAction.get(action)
    if (home !== undefined) ofAction.push(home)
  }
  if (ofAction.length > 0) addBuckets(ofAction, resource, buckets)
  addBuckets(
    layers.map(layer => layer.anyAction),
    resource,
    buckets,
  )
  return buckets
}

function addBuckets(homes: readonly ResourceIndex[], { type, id }: Link['resource'], into: SubjectIndex[]): void {
  for (const home of homes) into.push(home.anything)
  for (const home of homes) {
    const byType = home.types.get(type)
    if (byType !== undefined) into.push(byType)
  }
  for (const home of homes) {
    const ids = home.named.get(type)
    if (ids === undefined) continue
    if (id === null) for (const bucket of ids.values()) into.push(bucket)
    else {
      const one = ids.get(id)
      if (one !== undefined) into.push(one)
    }
  }
}
