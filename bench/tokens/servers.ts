import type { ChildProcess } from 'node:child_process'
import { CLIENT_CORE, type DatabaseCore, heard, moveThreads, SERVER_CORE, startModule } from '../http/children.ts'
import { bodiesFor, type Clients, FORM, type Method, RESOURCE, SCOPES } from './cases.ts'

/** A token endpoint that waits to be asked. */
export interface Issuing {
  readonly name: string
  readonly child: ChildProcess
  readonly clients: Clients
  /** Rows of its decision log that are not written yet. */
  readonly owed: () => Promise<number>
}

export async function serveOurs(database: DatabaseCore): Promise<Issuing> {
  const child = startModule(SERVER_CORE, '../tokens/serve-ours.ts', [])
  const clients = await heard<Clients>(child)
  if (database === 'other') moveThreads(child.pid, 'pglite', CLIENT_CORE)
  const name = database === 'other' ? 'ours' : 'ours, database on the same core'
  return { name, child, clients, owed: () => owedBy(clients.port) }
}

async function owedBy(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const pending = /^lumoauth_decision_log_pending (\d+)/m.exec(metrics)?.[1]
  if (pending === undefined) throw new Error('the service does not say how far behind its log is')
  return Number(pending)
}

export async function servePeer(): Promise<Issuing> {
  const child = startModule(SERVER_CORE, '../tokens/serve-peer.ts', [])
  return { name: 'oidc-provider', child, clients: await heard<Clients>(child), owed: async () => 0 }
}

export interface Got {
  readonly access_token: string
  readonly scope: string
  readonly token_type: string
}

export async function post(port: number, path: string, body: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: FORM })
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

/** Fails unless what is issued is a signed token for the resource with the scopes that were asked for. */
export async function verify({ name, clients }: Issuing, method: Method): Promise<string> {
  const [body = ''] = bodiesFor(method, clients, 1)
  const { access_token: token, scope } = (await post(clients.port, clients.path, body)) as Got
  const part = (n: number) => JSON.parse(Buffer.from(token.split('.')[n] ?? '', 'base64url').toString())
  const [header, claims] = [part(0), part(1)]
  const right = header.alg === 'EdDSA' && header.typ === 'at+jwt' && [claims.aud].flat().join() === RESOURCE
  const whole = scope === SCOPES.join(' ') && claims.scope === scope && claims.exp - claims.iat === 300
  if (!right || !whole) throw new Error(`${name} issues ${JSON.stringify({ header, claims, scope })}`)
  return token
}
