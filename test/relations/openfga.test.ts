import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../src/policy/json.ts'
import { expanded } from '../../src/protocols/openfga/expand.ts'
import { createGraph, type Tuple } from '../../src/relations/graph.ts'
import type { Model } from '../../src/relations/schema.ts'
import { printUser, validateTuple } from '../../src/relations/tuple.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'
import { type Asking, type Peer, peerOf, shown, tidied, type Verdict } from './openfga.ts'
import { askedFrom, type Tape, tapeOf, tupleFrom, worldFrom } from './worlds.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const MOST = Number(process.env.FUZZ_CHECKS ?? 5000)
const openfga = await startOpenfga()

interface Stored {
  readonly model: Model
  readonly tuples: readonly Tuple[]
}

type Listed = Awaited<ReturnType<Peer['listUsers']>>

const textOf = (t: Tuple): string => JSON.stringify([t.object, t.relation, t.user])

function askingFrom(tape: Tape, { model, tuples }: Stored): Asking | null {
  const { object, relation, user } = askedFrom(tape)
  if ('kind' in object || user.kind === 'some' || user.kind === 'holder') return null
  const context: JsonObject = {
    ...(tape.pick(8) !== 0 && { c0: tape.pick(4) - 1 }),
    ...(tape.pick(8) !== 0 && { c1: tape.pick(4) - 1 }),
  }
  const taken = new Set(tuples.map(textOf))
  const contextual: Tuple[] = []
  for (let n = tape.pick(3) === 0 ? tape.pick(5) : 0; n > 0; n--) {
    const tuple = tupleFrom(tape, model)
    if (taken.has(textOf(tuple)) || validateTuple(model, tuple) !== null) continue
    taken.add(textOf(tuple))
    contextual.push(tuple)
  }
  return { object, relation, user, context, contextual }
}

function oursTo({ model, tuples }: Stored) {
  const graph = createGraph(model)
  for (const tuple of tuples) graph.write(tuple)
  return graph
}

/**
 * Where ours is unknown the server errs, or has settled it some other way; where a parameter lacks it errs also when
 * what lies behind the tuple settles the answer; where a cycle meets `and` or `but not` it says no to all of it (0004).
 */
const agrees = (stored: Stored, one: Asking, ours: { readonly truth: string }, theirs: Verdict): boolean =>
  ours.truth === 'unknown' ||
  theirs === ours.truth ||
  (typeof theirs === 'object' && !complete(one)) ||
  (theirs === 'no' && cyclic(stored, one))

/** Do tuples lead from an object back to itself? */
function cyclic({ tuples }: Stored, { contextual }: Asking): boolean {
  const next = new Map<string, string[]>()
  for (const { object, user } of [...tuples, ...contextual]) {
    next.set(object, [...(next.get(object) ?? []), user.replace(/#.*$/, '')])
  }
  const done = new Set<string>()
  const visit = (at: string, path: readonly string[]): boolean => {
    if (path.includes(at)) return true
    if (done.has(at)) return false
    done.add(at)
    return (next.get(at) ?? []).some(to => visit(to, [...path, at]))
  }
  return [...next.keys()].some(at => visit(at, []))
}

const complete = ({ context }: Asking): boolean => 'c0' in context && 'c1' in context

const print = (t: Tuple): string =>
  `${t.object}#${t.relation}@${t.user}${t.condition === null ? '' : ` with ${t.condition.name} ${JSON.stringify(t.condition.context)}`}`

/** Does the server's own check say what our list says, wherever the two lists differ? Then its list is at fault (0004). */
async function ownWord(peer: Peer, one: Asking, users: boolean, ours: readonly string[], theirs: Listed) {
  if (!Array.isArray(theirs)) return false
  const ids = [...new Set([...ours, ...theirs])].filter(id => ours.includes(id) !== theirs.includes(id))
  const type = one.user.kind === 'entity' ? one.user.entity.type : ''
  const asked = ids.map((id): Asking => {
    if (!users) return { ...one, object: { type: one.object.type, id } }
    return { ...one, user: id === '*' ? { kind: 'wildcard', type } : { kind: 'entity', entity: { type, id } } }
  })
  const said = await peer.check(asked)
  return ids.every((id, i) => said[i] === (ours.includes(id) ? 'yes' : 'no'))
}

type Compare = (stored: Stored, one: Asking) => Promise<{ readonly ours: unknown; readonly theirs: unknown } | null>

/** What differs, with as few tuples as still show it. */
async function smallest(compare: Compare, stored: Stored, one: Asking): Promise<object> {
  let { tuples } = stored
  let { contextual } = one
  let found = await compare(stored, one)
  for (let i = 0; i < tuples.length + contextual.length; ) {
    const fewer = { model: stored.model, tuples: tuples.filter((_, n) => n !== i) }
    const asked = { ...one, contextual: contextual.filter((_, n) => n !== i - tuples.length) }
    const still = await compare(fewer, asked)
    if (still === null) i++
    else {
      found = still
      tuples = fewer.tuples
      contextual = asked.contextual
    }
  }
  const { object, relation, user, context } = one
  const question = `${object.type}:${object.id}#${relation}@${printUser(user)} ${JSON.stringify(context)}`
  return {
    model: shown(stored.model),
    tuples: tuples.map(print),
    contextual: contextual.map(print),
    question,
    ...found,
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Where everyone is listed, ours also names those whom only everyone's tuple covers. */
const sameUsers = (ours: readonly string[], theirs: Listed): boolean =>
  same(ours, theirs) ||
  (ours.includes('*') && Array.isArray(theirs) && theirs.includes('*') && theirs.every(id => ours.includes(id)))

test('checks and lists agree with the server', { skip: skipWithout(openfga), timeout: 3_600_000 }, async t => {
  if (openfga.kind !== 'running') return
  const { url } = openfga
  const seen = {
    yes: 0,
    no: 0,
    unknown: 0,
    error: 0,
    objects: 0,
    users: 0,
    refused: 0,
    worlds: 0,
    itself: 0,
    sets: 0,
    cyclic: 0,
  }
  const compareCheck: Compare = async (stored, one) => {
    const peer = await peerOf(url, stored.model, stored.tuples)
    const [theirs = 'no'] = (await peer?.check([one])) ?? []
    const { object, relation, user, ...options } = one
    const ours = oursTo(stored).check(object, relation, user, options)
    return agrees(stored, one, ours, theirs) ? null : { ours: ours.truth, theirs }
  }
  const compareSets: Compare = async (stored, one) => {
    const { object, relation, user, ...options } = one
    if (user.kind !== 'set' || !complete(one)) return null
    let open = false
    const undecided = (): void => {
      open = true
    }
    const set = { type: user.object.type, relation: user.relation }
    const ours = oursTo(stored).listSets(object, relation, set, { ...options, undecided })
    const theirs = await (await peerOf(url, stored.model, stored.tuples))?.listSets(one, set)
    return open || same(ours, theirs) || cyclic(stored, one) ? null : { list: 'sets', ours, theirs }
  }
  const compareExpand: Compare = async (stored, one) => {
    const root = expanded(oursTo(stored), one.object, one.relation, one.contextual)
    const ours = 'name' in root ? { tree: { root } } : null
    const theirs = await (await peerOf(url, stored.model, stored.tuples))?.expand(one)
    return isDeepStrictEqual(ours, theirs) ? null : { ours: JSON.stringify(ours), theirs: JSON.stringify(theirs) }
  }
  const listed = (stored: Stored, { object, relation, user, ...options }: Asking, users: boolean) => {
    if (user.kind !== 'entity' || !complete({ object, relation, user, ...options })) return null
    let open = false
    const undecided = (): void => {
      open = true
    }
    const graph = oursTo(stored)
    if (!users) {
      const objects = graph.listObjects(object.type, relation, user.entity, { ...options, undecided })
      return open ? null : objects
    }
    const list = graph.listUsers(object, relation, user.entity.type, { ...options, undecided })
    return open ? null : [...list.ids, ...(list.wildcard ? ['*'] : [])].sort()
  }
  const compareList =
    (users: boolean): Compare =>
    async (stored, one) => {
      const ours = listed(stored, one, users)
      const peer = await peerOf(url, stored.model, stored.tuples)
      if (ours === null || one.user.kind !== 'entity' || peer === null) return null
      const theirs = users ? await peer.listUsers(one, one.user.entity.type) : await peer.listObjects(one)
      const fine = users ? sameUsers(ours, theirs) : same(ours, theirs)
      if (fine || cyclic(stored, one) || (await ownWord(peer, one, users, ours, theirs))) return null
      return { list: users ? 'users' : 'objects', ours, theirs }
    }
  const wrong: object[] = []
  for (let seed = SEED * 1_000_000; seen.yes + seen.no + seen.unknown < MOST && wrong.length < 5; seed++) {
    const tape = tapeOf(seed)
    const world = worldFrom(tape, tape.pick(2) === 0)
    const model = tidied(world.model)
    const stored = { model, tuples: world.tuples.filter(one => validateTuple(model, one) === null) }
    const peer = await peerOf(url, model, stored.tuples)
    if (peer === null) {
      seen.refused++
      continue
    }
    seen.worlds++
    const asked = Array.from({ length: 50 }, () => askingFrom(tape, stored)).filter(a => a !== null)
    const graph = oursTo(stored)
    const theirs = await peer.check(asked)
    const told = async (compare: Compare, one: Asking) =>
      wrong.push({ seed, ...(await smallest(compare, stored, one)) })
    for (const [i, one] of asked.entries()) {
      const { object, relation, user, ...options } = one
      const ours = graph.check(object, relation, user, options)
      seen[ours.truth]++
      const said = theirs[i] ?? 'no'
      if (typeof said === 'object') seen.error++
      if (ours.truth === 'yes' && said === 'no') seen.cyclic++
      if (!agrees(stored, one, ours, said)) await told(compareCheck, one)
    }
    for (const one of seen.worlds % 4 === 0 ? asked.slice(0, 3) : [])
      if ((await compareExpand(stored, one)) !== null) await told(compareExpand, one)
    for (const one of seen.worlds % 4 === 0 ? asked.filter(a => a.user.kind === 'set').slice(0, 4) : []) {
      seen.sets++
      if ((await compareSets(stored, one)) !== null) await told(compareSets, one)
    }
    for (const one of asked.slice(0, 6)) {
      if (one.user.kind !== 'entity') continue
      for (const users of [false, true]) {
        const ours = listed(stored, one, users)
        if (ours === null) continue
        seen[users ? 'users' : 'objects']++
        const theirs = users ? await peer.listUsers(one, one.user.entity.type) : await peer.listObjects(one)
        if (users ? sameUsers(ours, theirs) : same(ours, theirs)) continue
        if (cyclic(stored, one)) seen.cyclic++
        else if (await ownWord(peer, one, users, ours, theirs)) seen.itself++
        else await told(compareList(users), one)
      }
    }
  }
  await openfga.stop()
  t.diagnostic(JSON.stringify(seen))
  assert.deepEqual(wrong, [])
  assert.ok(seen.yes > MOST / 20 && seen.objects > MOST / 20 && seen.itself < seen.objects / 100)
  assert.ok(seen.cyclic < MOST / 500, `${seen.cyclic} answers differ where tuples lead in a circle`)
})
