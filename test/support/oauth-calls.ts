import assert from 'node:assert/strict'
import type { App } from './app.ts'
import { agentWithSecret, postForm, tokenOf } from './oauth.ts'

/** Calls every operation of an org's issuer once, as the document wants it. */
export async function callOauth(app: App, org: string): Promise<void> {
  const base = `/orgs/${org}/api/v1`
  const bot = await agentWithSecret(app, org, 'oauth-caller', { capabilities: ['read:documents'] })
  const form = { client_id: bot.id, client_secret: bot.secret }
  const token: string = (await tokenOf(app, org, bot)).json.access_token
  const other: string = (await tokenOf(app, org, bot)).json.access_token
  const bearer = { authorization: `Bearer ${token}` }
  const ok = async (made: ReturnType<App['send']>, status = 200) => {
    const got = await made
    assert.equal(got.status, status, got.text)
    return got
  }
  await ok(postForm(app, org, 'introspect', { ...form, token }))
  for (const [method, path] of [
    ['GET', '/oauth/userinfo'],
    ['POST', '/oauth/userinfo'],
    ['GET', '/agents/me'],
    ['GET', '/me'],
  ] as const) {
    await ok(app.send(method, base + path, { key: null, headers: bearer }))
  }
  for (const path of [
    `${base}/.well-known/oauth-authorization-server`,
    `${base}/.well-known/openid-configuration`,
    `/.well-known/oauth-authorization-server${base}`,
    `/.well-known/openid-configuration${base}`,
    `${base}/.well-known/jwks.json`,
  ]) {
    await ok(app.send('GET', path, { key: null }))
  }
  await ok(app.send('GET', `${base}/admin/signing-keys`))
  await ok(app.send('POST', `${base}/admin/signing-keys/rotate`, { body: { lead_seconds: 60 } }))
  await ok(postForm(app, org, 'revoke', { token: other }))
  const revoked = await ok(app.send('POST', `${base}/admin/revocations`, { body: { subject: 'agent:nobody' } }), 202)
  assert.match(revoked.json.revocation_id, /^rev_/)
  await ok(app.send('DELETE', `${base}/admin/tokens/tok_any`), 204)
  const admin = `${base}/admin`
  await ok(app.send('POST', `${admin}/users`, { body: { id: 'tess' } }), 201)
  await ok(app.send('POST', `${admin}/users/tess/token`, { body: { scopes: ['read:documents'], ttl: 60 } }), 201)
  await ok(app.send('POST', `${admin}/agents/${bot.id}/token`, { body: {} }), 201)
}
