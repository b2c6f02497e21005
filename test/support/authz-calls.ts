import assert from 'node:assert/strict'
import type { App } from './app.ts'

/** Every operation of the published checks, at each of its paths, on the demo org. */
export async function callAuthz(app: App, key: string): Promise<void> {
  const org = '/orgs/acme-corp'
  const call = async (method: string, path: string, body?: object): Promise<void> => {
    const got = await app.send(method, path, {
      ...(body !== undefined && { body }),
      ...(!path.startsWith('/orgs/') && { key }),
    })
    assert.equal(got.status, 200, `${method} ${path}: ${got.text}`)
  }
  for (const base of ['/api/v1/authz', `${org}/api/v1/authz`]) {
    await call('POST', `${base}/check`, { permission: 'document.view', subject: 'user:alice' })
    for (const path of ['check-bulk', 'check-any', 'check-all']) {
      await call('POST', `${base}/${path}`, { permissions: ['document.view'], user_id: 'alice' })
    }
    await call('GET', `${base}/permissions`)
  }
  const tuple = { object: 'team:y', relation: 'member', subject: 'user:x' }
  for (const base of [
    '/api/v1/authz/zanzibar',
    '/api/v1/zanzibar',
    `${org}/api/v1/zanzibar`,
    `${org}/api/v1/authz/zanzibar`,
  ]) {
    await call('POST', `${base}/tuples`, tuple)
    await call('POST', `${base}/check`, tuple)
    await call('POST', `${base}/expand`, tuple)
    await call('POST', `${base}/list-objects`, { ...tuple, object_type: 'team' })
    await call('POST', `${base}/list-users`, { ...tuple, subject_type: 'user' })
    await call('DELETE', `${base}/tuples`, tuple)
  }
  const question = { resourceType: 'document', action: 'view', resourceId: 'roadmap', subject: 'user:alice' }
  for (const base of [`${org}/api/v1/abac`, '/api/v1/abac']) {
    await call('POST', `${base}/check`, question)
    await call('POST', `${base}/check-bulk`, { requests: [question, {}] })
    await call('POST', `${base}/check/batch`, { checks: [question] })
    await call('GET', `${base}/my-attributes`)
    await call('PUT', `${base}/users/x/attributes/level`, { value: 3 })
    await call('PUT', `${base}/resources/document/x/attributes/level`, { value: 3 })
    await call('GET', `${base}/resources/document/x/attributes`)
    await call('GET', `${base}/attribute-definitions`)
  }
}
