import type { Concern } from '../../engine/candidates.ts'
import type { Link } from '../../engine/clause.ts'
import { NONE } from '../../lib/columns.ts'
import { createTexts, dropText, findText, type Texts, useText } from '../../lib/texts.ts'
import type { Entity } from '../../policy/entity.ts'
import { addChain, type Chains, createChains, dropChain, EMPTY, findChain, useChain } from './chains.ts'

/** What a residual depends on besides facts and rules. A request that nobody acts in is its own link. */
export type Keyed = Pick<Link, 'subject' | 'actors' | 'action' | 'resource'> & {
  readonly principal?: Entity | null | undefined
  readonly tasked?: boolean | undefined
}

export const linkOf = ({ subject, principal = null, actors, action, resource, tasked }: Keyed): Link => ({
  subject,
  principal,
  actors,
  action,
  resource,
  ...(tasked === true && { tasked }),
})

/**
 * The names in the keys of one cache, each a number while some key has it. A key is six numbers: the subject's type and id,
 * the action, the resource's type and id (0 without one), and the chain it is judged in.
 * INVARIANT: two links have the same numbers exactly where they are the same link.
 */
export interface Keys {
  readonly texts: Texts
  readonly chains: Chains
}

export const KEY = 6

export const createKeys = (): Keys => ({ texts: createTexts(), chains: createChains() })

/** A link with a longer name has no key. */
const LONGEST = 512

/** Words of a chain that are no texts: it is for a task, and somebody is acted for. */
const TASKED = -2
const ACTING = -3

/** The number of a text, or NONE. Most are what they were in the key before: `likely` is the number there, of whatever cache. */
const findLikely = (texts: Texts, text: string, likely: number): number =>
  texts.texts[likely] === text ? likely : findText(texts, text)

/**
 * Finds the numbers of a link's key; false where it can be the key of nothing that is kept. `into`: a key that was looked for
 * before, or anything else.
 */
export function findKey(keys: Keys, { subject, actors, action, resource, principal, tasked }: Keyed, into: Int32Array) {
  const { texts } = keys
  if (isLong(subject) || action.length > LONGEST || resource.type.length > LONGEST) return false
  if (resource.id !== null && resource.id.length > LONGEST) return false
  const id = findLikely(texts, subject.id, into[1] as number)
  if (id === NONE) return false
  const of = resource.id === null ? 0 : findLikely(texts, resource.id, into[4] as number)
  if (of === NONE) return false
  const type = findLikely(texts, subject.type, into[0] as number)
  const what = findLikely(texts, action, into[2] as number)
  const kind = subject.type === resource.type ? type : findLikely(texts, resource.type, into[3] as number)
  if (type === NONE || what === NONE || kind === NONE) return false
  const alone = actors.length === 0 && principal == null && tasked !== true
  const chain = alone ? EMPTY : walk(keys, { actors, principal, tasked }, findStep)
  if (chain === NONE) return false
  into[0] = type
  into[1] = id
  into[2] = what
  into[3] = kind
  into[4] = of
  into[5] = chain
  return true
}

/** The numbers of a link's key, used once more; false for a link that can have none. */
export function useKey(keys: Keys, link: Keyed, into: Int32Array): boolean {
  const { subject, actors, action, resource, principal, tasked } = link
  const named = [subject, ...actors, ...(principal == null ? [] : [principal])]
  if (named.some(isLong) || action.length > LONGEST || resource.type.length > LONGEST) return false
  if (resource.id !== null && resource.id.length > LONGEST) return false
  const { texts, chains } = keys
  into[0] = useText(texts, subject.type)
  into[1] = useText(texts, subject.id)
  into[2] = useText(texts, action)
  into[3] = useText(texts, resource.type)
  into[4] = resource.id === null ? 0 : useText(texts, resource.id)
  const chain = walk(keys, { actors, principal, tasked }, addStep)
  useChain(chains, chain)
  into[5] = chain
  return true
}

export function dropKey({ texts, chains }: Keys, key: Int32Array, from: number): void {
  for (let i = 0; i < KEY - 1; i += 1) {
    const number = key[from + i] as number
    if (number !== 0) dropText(texts, number)
  }
  dropChain(chains, texts, key[from + KEY - 1] as number)
}

/** What a key says of rules that may concern it. */
export function concernOf({ texts: { texts } }: Keys, key: Int32Array, from: number): Concern {
  const of = key[from + 4] as number
  return {
    action: texts[key[from + 2] as number] as string,
    resource: { type: texts[key[from + 3] as number] as string, id: of === 0 ? null : (texts[of] as string) },
  }
}

const isLong = ({ type, id }: Entity): boolean => type.length > LONGEST || id.length > LONGEST

type Step = (keys: Keys, before: number, word: number | string) => number

/** Marks first, then pairs of type and id: no two chains are the same words. */
function walk(keys: Keys, { actors, principal, tasked }: Pick<Keyed, 'actors' | 'principal' | 'tasked'>, step: Step) {
  let at = tasked === true ? step(keys, EMPTY, TASKED) : EMPTY
  if (principal != null) {
    at = step(keys, at, ACTING)
    at = step(keys, at, principal.type)
    at = step(keys, at, principal.id)
  }
  for (const { type, id } of actors) {
    at = step(keys, at, type)
    at = step(keys, at, id)
  }
  return at
}

function findStep({ texts, chains }: Keys, before: number, word: number | string): number {
  if (before === NONE) return NONE
  const number = typeof word === 'number' ? word : word.length > LONGEST ? NONE : findText(texts, word)
  return number === NONE ? NONE : findChain(chains, before, number)
}

function addStep({ texts, chains }: Keys, before: number, word: number | string): number {
  const number = typeof word === 'number' ? word : useText(texts, word)
  const known = findChain(chains, before, number)
  if (known === NONE) return addChain(chains, before, number)
  if (typeof word === 'string') dropText(texts, number)
  return known
}
