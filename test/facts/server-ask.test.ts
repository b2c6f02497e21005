import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createOpenfgaServer } from '../../src/adapters/openfga/server.ts'
import { askServer } from '../../src/facts/server-ask.ts'
import { MOST_CALLS, type ServerFound } from '../../src/facts/server-asking.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { RelationQuestion, Truth } from '../../src/policy/question.ts'
import { createGraph, type Tuple } from '../../src/relations/graph.ts'
import { validateTuple } from '../../src/relations/tuple.ts'
import { rawOf, tidied } from '../relations/openfga.ts'
import { askedFrom, tapeOf, worldFrom } from '../relations/worlds.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'

const WORLDS = 60
const QUESTIONS = 25

describe('a question put to a server is answered as the graph answers it', async () => {
  const openfga = await startOpenfga()
  const skip = skipWithout(openfga)
  const url = openfga.kind === 'running' ? openfga.url : 'http://127.0.0.1:1'
  const how = { timeoutMs: 20_000, retries: 2, concurrency: 16, listDeadlineMs: 20_000, listMost: 1_000 }
  const server = createOpenfgaServer('real', { url, token: null, ...how })
  after(async () => {
    server.close()
    if (openfga.kind === 'running') await openfga.stop()
  })

  /** What the two say of one question, told apart: a definite answer may never be the other's opposite. */
  const seen = { both: 0, yes: 0, chains: 0, serverUnsure: 0 }

  for (const negation of [false, true]) {
    test(`random worlds ${negation ? 'with' : 'without'} negation`, { skip }, async () => {
      for (let seed = 1; seed <= WORLDS; seed++) {
        const t = tapeOf(seed * 7919 + (negation ? 1 : 0))
        const world = worldFrom(t, negation)
        const model = tidied(world.model)
        const graph = createGraph(model)
        const accepted = world.tuples.filter(tuple => validateTuple(model, tuple) === null)
        // Where a circle meets a negation the server says no to all of it; the graph says what is the case.
        const tuples = negation ? withoutCircles(accepted) : accepted
        const storeId = await server.createStore('random world')
        const modelId = await server.writeModel(storeId, rawOf(model) as JsonObject).catch(() => null)
        // Some models the server does not take: those with a relation nothing can ever hold.
        if (modelId === null) continue
        const place = { storeId, modelId }
        for (const tuple of tuples) graph.write(tuple)
        if (tuples.length > 0) {
          await server.write(place, { writes: tuples, deletes: [], onConflict: 'error', onMissing: 'error' })
        }
        const asked = Array.from({ length: QUESTIONS }, () => askedFrom(t)).flatMap(({ object, relation, user }) =>
          user.kind === 'set' || user.kind === 'wildcard'
            ? []
            : [{ kind: 'relation', object, relation, user } as RelationQuestion],
        )
        await Promise.all(
          asked.map(async question => {
            const context = { n: 1, c0: 1, c1: 2 }
            const meter = { left: MOST_CALLS }
            const a = { server, place, model, how: { context, higher: true }, meter }
            const there: ServerFound = await askServer(a, question)
            const here = graph.check(question.object, question.relation, question.user, { context })
            const said = `${seed} ${JSON.stringify(question)}: ${here.truth} here, ${there.truth} there (${there.why ?? here.why ?? ''})`
            assert.ok(!opposite(here.truth, there.truth), said)
            if (here.truth !== 'unknown' && there.truth !== 'unknown') seen.both += 1
            if (there.truth === 'yes') seen.yes += 1
            if ('kind' in question.object || question.user.kind !== 'entity') seen.chains += 1
            if (here.truth !== 'unknown' && there.truth === 'unknown') {
              seen.serverUnsure += 1
              assert.notEqual(there.why ?? '', '', said)
            }
          }),
        )
      }
    })
  }

  test('most of what the graph decides the server decides as well, and both say yes often', { skip }, () => {
    assert.ok(seen.both > 500, JSON.stringify(seen))
    assert.ok(seen.yes > 100, JSON.stringify(seen))
    assert.ok(seen.chains > 300, JSON.stringify(seen))
    assert.ok(seen.serverUnsure * 5 < seen.both, JSON.stringify(seen))
  })
})

const opposite = (a: Truth, b: Truth): boolean => a !== 'unknown' && b !== 'unknown' && a !== b

/** The tuples but for those that lead from an object back to itself. */
function withoutCircles(tuples: readonly Tuple[]): readonly Tuple[] {
  const next = new Map<string, string[]>()
  const leads = (from: string, to: string): boolean => from === to || (next.get(from) ?? []).some(at => leads(at, to))
  return tuples.filter(({ object, user }) => {
    const to = user.replace(/#.*$/, '')
    if (leads(to, object)) return false
    next.set(object, [...(next.get(object) ?? []), to])
    return true
  })
}
