import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { expanded } from '../../src/protocols/openfga/expand.ts'
import type { Graph } from '../../src/relations/graph.ts'
import { misreadIn } from '../../src/relations/misread.ts'
import { printUser } from '../../src/relations/tuple.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'
import { judge } from './excuses.ts'
import { type Fuzzed, fuzzed, graphOf } from './fuzz.ts'
import { compareList, type ListExcuse, type ListKind } from './fuzz-lists.ts'
import { type Asking, type Peer, peerOf, printModel, printTuple } from './openfga.ts'
import { type Found, shrink } from './shrink.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CHECKS = Number(process.env.FUZZ_CHECKS ?? 20_000)
const openfga = await startOpenfga()

/** One question of a world, and whether an answer to it differs beyond the classes of 0004. */
type Compare = (peer: Peer, graph: Graph, found: Found) => Promise<Difference | null>

interface Difference {
  readonly what: string
  readonly ours: unknown
  readonly theirs: unknown
}

const seen = { yes: 0, no: 0, unknown: 0, objects: 0, users: 0, sets: 0, trees: 0, worlds: 0, refused: 0 }
const excused: Record<ListExcuse, number> = {
  condition: 0,
  forgotten: 0,
  cycle: 0,
  sideways: 0,
  shadowed: 0,
  everyone: 0,
  list: 0,
  stuck: 0,
}
const excuse = (name: keyof typeof excused): void => {
  excused[name]++
}

const compareCheck: Compare = async (peer, graph, { stored, one }) => {
  const [theirs = 'no'] = await peer.check([one])
  const { object, relation, user, ...options } = one
  const ours = graph.check(object, relation, user, options)
  return judge(stored, one, ours, theirs) === null ? { what: 'check', ours, theirs } : null
}

const compareTree: Compare = async (peer, graph, { one }) => {
  const root = expanded(graph, one.object, one.relation, one.contextual)
  const ours = 'name' in root ? { tree: { root } } : null
  const theirs = await peer.expand(one)
  return isDeepStrictEqual(ours, theirs)
    ? null
    : { what: 'expand', ours: JSON.stringify(ours), theirs: JSON.stringify(theirs) }
}

const compareListOf =
  (kind: ListKind, told: typeof excuse = () => undefined): Compare =>
  async (peer, graph, { stored, one }) => {
    const { difference, excuses } = await compareList(peer, graph, stored, one, kind)
    for (const name of excuses) told(name)
    return difference === null ? null : { what: `list ${kind}`, ...difference }
  }

/** Asks one world everything; answers what differs, made small. */
async function askWorld(url: string, { seed, stored, asked }: Fuzzed): Promise<object[]> {
  const peer = await peerOf(url, stored.model, stored.tuples)
  if (peer === null) {
    seen.refused++
    return []
  }
  const nth = seen.worlds++
  const graph = graphOf(stored)
  const wrong: object[] = []
  const told = async (compare: Compare, one: Asking): Promise<void> => {
    wrong.push({ seed, ...(await reduced(url, compare, { stored, one })) })
  }
  const theirs = await peer.check(asked)
  for (const [i, one] of asked.entries()) {
    const { object, relation, user, ...options } = one
    const ours = graph.check(object, relation, user, options)
    seen[ours.truth]++
    const found = judge(stored, one, ours, theirs[i] ?? 'no')
    if (found === null) await told(compareCheck, one)
    else if (found !== 'same') excuse(found)
    // Where the server grants too much the model says so beforehand.
    if (found === 'sideways') assert.notDeepEqual(misreadIn(stored.model), [])
  }
  const lists: (readonly [ListKind, Asking])[] = []
  for (const one of asked.filter(a => a.user.kind === 'entity').slice(0, 12))
    lists.push(['objects', one], ['users', one])
  if (nth % 4 === 0) for (const one of asked.filter(a => a.user.kind === 'set').slice(0, 4)) lists.push(['sets', one])
  const differing = await Promise.all(
    lists.map(async ([kind, one]) => {
      seen[kind]++
      return (await compareListOf(kind, excuse)(peer, graph, { stored, one })) === null ? null : ([kind, one] as const)
    }),
  )
  for (const found of differing) if (found !== null) await told(compareListOf(found[0]), found[1])
  for (const one of nth % 4 === 0 ? asked.slice(0, 3) : []) {
    seen.trees++
    if ((await compareTree(peer, graph, { stored, one })) !== null) await told(compareTree, one)
  }
  return wrong
}

async function reduced(url: string, compare: Compare, found: Found): Promise<object> {
  const differs = async ({ stored, one }: Found): Promise<Difference | null> => {
    const peer = await peerOf(url, stored.model, stored.tuples)
    return peer === null ? null : compare(peer, graphOf(stored), { stored, one })
  }
  const { stored, one } = await shrink(found, async smaller => (await differs(smaller)) !== null)
  const { object, relation, user, context, contextual } = one
  return {
    model: printModel(stored.model),
    tuples: stored.tuples.map(printTuple),
    contextual: contextual.map(printTuple),
    question: `${object.type}:${object.id}#${relation}@${printUser(user)} ${JSON.stringify(context)}`,
    ...(await differs({ stored, one })),
  }
}

test(`checks and lists agree with the server on ${CHECKS} checks and more`, {
  skip: skipWithout(openfga),
  timeout: 7_200_000,
}, async t => {
  if (openfga.kind !== 'running') return
  const { url } = openfga
  const wrong: object[] = []
  const checks = (): number => seen.yes + seen.no + seen.unknown
  let seed = SEED * 1_000_000
  const worker = async (): Promise<void> => {
    while (checks() < CHECKS && wrong.length < 5) wrong.push(...(await askWorld(url, fuzzed(seed++, 50))))
  }
  try {
    await Promise.all([worker(), worker(), worker()])
  } finally {
    await openfga.stop()
  }
  t.diagnostic(JSON.stringify({ checks: checks(), ...seen, excused }))
  assert.deepEqual(wrong, [])
  const lists = seen.objects + seen.users
  assert.ok(seen.yes > CHECKS / 20 && lists > CHECKS / 8, 'too few yes or too few lists to mean much')
  const most = {
    condition: 0.05,
    forgotten: 0.002,
    cycle: 0.005,
    sideways: 0.001,
    shadowed: 0.001,
    everyone: 0.02,
    list: 0.002,
    stuck: 0.001,
  }
  for (const [name, count] of Object.entries(excused)) {
    assert.ok(count <= Math.max(20, most[name as ListExcuse] * CHECKS), `${count} answers differ by \`${name}\``)
  }
})
