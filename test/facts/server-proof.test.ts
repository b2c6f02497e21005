import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createOpenfgaServer } from '../../src/adapters/openfga/server.ts'
import { provedBy } from '../../src/facts/server-proof.ts'
import { printEntity } from '../../src/policy/entity.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import { createGraph, type Tuple } from '../../src/relations/graph.ts'
import type { Model, Rewrite } from '../../src/relations/schema.ts'
import { validateTuple } from '../../src/relations/tuple.ts'
import { rawOf, tidied } from '../relations/openfga.ts'
import { askedFrom, tapeOf, worldFrom } from '../relations/worlds.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'

const WORLDS = 80
const QUESTIONS = 40

describe('what proves a yes of the server', async () => {
  const openfga = await startOpenfga()
  const skip = skipWithout(openfga)
  const url = openfga.kind === 'running' ? openfga.url : 'http://127.0.0.1:1'
  const how = { timeoutMs: 20_000, retries: 2, concurrency: 16, listDeadlineMs: 20_000, listMost: 1_000 }
  const server = createOpenfgaServer('real', { url, token: null, ...how })
  after(async () => {
    server.close()
    if (openfga.kind === 'running') await openfga.stop()
  })

  test('is stored, needs no condition, and is enough by itself where nothing is taken away', { skip }, async () => {
    const seen = { yes: 0, proved: 0, longer: 0 }
    for (let seed = 1; seed <= WORLDS; seed++) {
      const t = tapeOf(seed * 104_729)
      const world = worldFrom(t)
      const model = tidied(world.model)
      const tuples = world.tuples.filter(tuple => validateTuple(model, tuple) === null)
      const storeId = await server.createStore('random world')
      // Some models the server does not take: those with a relation nothing can ever hold.
      const modelId = await server.writeModel(storeId, rawOf(model) as JsonObject).catch(() => null)
      if (modelId === null || tuples.length === 0) continue
      const place = { storeId, modelId }
      await server.write(place, { writes: tuples, deletes: [], onConflict: 'error', onMissing: 'error' })
      const asking = { context: { n: 1, c0: 1, c1: 2 }, higher: true }
      for (let i = 0; i < QUESTIONS; i++) {
        const { object, relation, user } = askedFrom(t)
        if (
          'kind' in object ||
          user.kind !== 'entity' ||
          model.types.get(object.type)?.relations.has(relation) !== true
        ) {
          continue
        }
        const tuple = { object: printEntity(object), relation, user: printEntity(user.entity) }
        if (!(await server.check(place, tuple, asking).catch(() => false))) continue
        seen.yes += 1
        const proof = await provedBy({ server, place, model, how: asking }, object, relation, user.entity)
        if (proof === null) continue
        seen.proved += 1
        if (proof.length > 1) seen.longer += 1
        const said = `${seed} ${JSON.stringify({ tuple, proof })}`
        for (const one of proof) assert.ok(tuples.some(isUnconditional(one)), said)
        const alone = createGraph(granting(model))
        for (const one of proof) alone.write(one)
        assert.equal(alone.check(object, relation, user).truth, 'yes', said)
      }
    }
    assert.ok(seen.yes > 100 && seen.longer > 20, JSON.stringify(seen))
    assert.ok(seen.proved > seen.yes * 0.7, JSON.stringify(seen))
  })
})

const isUnconditional = (one: { object: string; relation: string; user: string }) => (tuple: Tuple) =>
  tuple.object === one.object && tuple.relation === one.relation && tuple.user === one.user && tuple.condition === null

/** The model with every `but not` cut to its left side. */
function granting(model: Model): Model {
  const cut = (by: Rewrite): Rewrite => {
    if (by.kind === 'difference') return cut(by.base)
    return by.kind === 'union' || by.kind === 'intersection' ? { ...by, of: by.of.map(cut) } : by
  }
  const types = [...model.types].map(([name, type]) => {
    const relations = [...type.relations].map(([of, def]) => [of, { ...def, rewrite: cut(def.rewrite) }] as const)
    return [name, { ...type, relations: new Map(relations) }] as const
  })
  return { ...model, types: new Map(types) }
}
