import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createOpenfgaServer } from '../../src/adapters/openfga/server.ts'
import { askServer } from '../../src/facts/server-ask.ts'
import { MOST_CALLS } from '../../src/facts/server-asking.ts'
import type { EntitySet, RelationQuestion } from '../../src/policy/question.ts'
import { jsonOfModel, parseModel } from '../../src/relations/model.ts'
import { entity, tupleOf } from '../relations/harness.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'

const DSL = `model
  schema 1.1
type user
type team
  relations
    define barred: [user]
    define member: [user]
    define active: [user] but not barred
    define vetted: [user] and member
type document
  relations
    define viewer: [user, team#member, team]
`

const of = { kind: 'entity', entity: entity('user:ann') } as const
const teams = (relation: string): EntitySet => ({ kind: 'some', type: 'team', relation, of })

describe('a chain that rests on a list of the server', async () => {
  const openfga = await startOpenfga()
  const skip = skipWithout(openfga)
  const url = openfga.kind === 'running' ? openfga.url : 'http://127.0.0.1:1'
  const how = { timeoutMs: 20_000, retries: 2, concurrency: 16, listDeadlineMs: 20_000, listMost: 1_000 }
  const server = createOpenfgaServer('real', { url, token: null, ...how })
  after(async () => {
    server.close()
    if (openfga.kind === 'running') await openfga.stop()
  })

  test('is no where the list is sure, and unknown where something is taken away on its way', { skip }, async () => {
    const parsed = parseModel(DSL)
    assert.ok(parsed.ok)
    const storeId = await server.createStore('lists')
    const place = { storeId, modelId: await server.writeModel(storeId, jsonOfModel(DSL)) }
    const ask = (relation: string) => {
      const question: RelationQuestion = {
        kind: 'relation',
        object: entity('document:1'),
        relation: 'viewer',
        user: teams(relation),
      }
      const meter = { left: MOST_CALLS }
      return askServer({ server, place, model: parsed.model, how: { context: {}, higher: true }, meter }, question)
    }
    assert.equal((await ask('member')).truth, 'no')
    for (const relation of ['active', 'vetted']) {
      const { truth, why, away } = await ask(relation)
      assert.deepEqual([truth, away], ['unknown', undefined])
      assert.match(why ?? '', new RegExp(`does not list \`team#${relation}\` reliably`))
    }
    const writes = ['team:eng active user:ann', 'team:eng vetted user:ann', 'document:1 viewer team:eng'].map(tupleOf)
    await server.write(place, { writes, deletes: [], onConflict: 'error', onMissing: 'error' })
    assert.equal((await ask('active')).truth, 'yes')
    assert.equal((await ask('vetted')).truth, 'unknown')
    assert.equal((await ask('member')).truth, 'no')
  })
})
