import assert from 'node:assert/strict'
import { type App, keyOf } from './app.ts'

/** Calls every operation of OpenFGA's API once, with the key of an org and by the name of the org. */
export async function callOpenfga(app: App): Promise<void> {
  const key = await keyOf(app, 'acme-corp', 'admin')
  for (const [base, sender] of [
    ['/openfga', { key }],
    ['/orgs/acme-corp/openfga', {}],
  ] as const) {
    const send = async (method: string, path: string, body?: object) => {
      const got = await app.send(method, base + path, { ...sender, ...(body !== undefined && { body }) })
      assert.ok(got.status < 300, `${method} ${path}: ${got.text}`)
      return got.json
    }
    const { id } = await send('POST', '/stores', { name: 'called' })
    const store = `/stores/${id}`
    await send('GET', '/stores')
    await send('GET', store)
    const restriction = { directly_related_user_types: [{ type: 'user' }] }
    const doc = { type: 'doc', relations: { viewer: { this: {} } }, metadata: { relations: { viewer: restriction } } }
    const types = { schema_version: '1.1', type_definitions: [{ type: 'user' }, doc] }
    const model = (await send('POST', `${store}/authorization-models`, types)).authorization_model_id
    await send('GET', `${store}/authorization-models`)
    await send('GET', `${store}/authorization-models/${model}`)
    const tuple_key = { user: 'user:a', relation: 'viewer', object: 'doc:1' }
    await send('POST', `${store}/write`, { writes: { tuple_keys: [tuple_key] } })
    await send('POST', `${store}/read`, {})
    await send('GET', `${store}/changes`)
    await send('POST', `${store}/check`, { tuple_key })
    await send('POST', `${store}/batch-check`, { checks: [{ tuple_key, correlation_id: 'a' }] })
    await send('POST', `${store}/expand`, { tuple_key })
    const listed = { type: 'doc', relation: 'viewer', user: 'user:a' }
    await send('POST', `${store}/list-objects`, listed)
    await send('POST', `${store}/streamed-list-objects`, listed)
    const filter = { object: { type: 'doc', id: '1' }, relation: 'viewer', user_filters: [{ type: 'user' }] }
    await send('POST', `${store}/list-users`, filter)
    await send('PUT', `${store}/assertions/${model}`, { assertions: [] })
    await send('GET', `${store}/assertions/${model}`)
    await send('DELETE', store)
  }
}
