import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { type Logger, pino } from 'pino'
import { type Config, readConfig } from '../../src/config.ts'
import { type Running, startServer } from '../../src/server.ts'
import { answerChecker } from './openapi.ts'
import { dataDirectory } from './store.ts'

export const ADMIN_KEY = 'test-bootstrap-key-0123456789abcdef'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the answer holds
  readonly json: any
}

export interface Sent {
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it stands. */
  readonly raw?: string | Buffer
}

export interface App {
  readonly running: Running
  send(method: string, path: string, sent?: Sent): Promise<Answered>
  /** A decision about `type:id` names. */
  ask(subject: string, action: string, resource: string, context?: object, extra?: object): Promise<Answered>
  /** Operations that were answered through `send`, each answer checked against the OpenAPI document. */
  readonly answered: ReadonlySet<string>
  close(): Promise<void>
}

const split = (name: string) => ({ type: name.slice(0, name.indexOf(':')), id: name.slice(name.indexOf(':') + 1) })

/** The real service over real HTTP; without settings of its own, on the embedded database with the demo org. */
export async function startApp(
  env: Readonly<Record<string, string>> = {},
  logger: Logger = pino({ level: 'silent' }),
): Promise<App> {
  const config: Config = readConfig({
    PORT: '0',
    DATA_DIR: env.DATABASE_URL === undefined ? await dataDirectory('db') : 'memory',
    LUMOAUTH_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'silent',
    ...env,
  })
  const running = await startServer(config, logger)
  const answered = new Set<string>()
  const document = await sendTo(running.url, 'GET', '/openapi.json', { key: null })
  const check = answerChecker(document.json)
  const send: App['send'] = async (method, path, sent = {}) => {
    const got = await sendTo(running.url, method, path, sent)
    const operation = got.status === 308 ? null : check(method, path, got)
    if (operation !== null && (got.status < 400 || operation.startsWith('mcpChallenge'))) answered.add(operation)
    return got
  }
  return {
    running,
    send,
    answered,
    ask: (subject, action, resource, context = {}, extra = {}) =>
      send('POST', '/orgs/acme-corp/access/v1/evaluation', {
        body: { subject: split(subject), action: { name: action }, resource: split(resource), context, ...extra },
      }),
    close: () => running.close(),
  }
}

export function sendTo(url: string, method: string, path: string, sent: Sent = {}): Promise<Answered> {
  const payload = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body))
  const key = sent.key === undefined ? ADMIN_KEY : sent.key
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url + path,
      {
        method,
        headers: {
          ...(key !== null && { 'x-api-key': key }),
          ...(payload !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload),
          }),
          ...sent.headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = /[/+]json/.test(String(response.headers['content-type']))
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: isJson && text !== '' ? JSON.parse(text) : undefined,
          })
        })
      },
    )
    request.on('error', reject)
    request.end(payload)
  })
}

/** A key of an org, made over the API. */
export async function keyOf(app: App, org: string, role: string): Promise<string> {
  const made = await app.send('POST', `/orgs/${org}/api/v1/admin/keys`, { body: { name: role, role } })
  assert.equal(made.status, 201, made.text)
  return made.json.data.key
}

/** A new org with a model and a policy, all over the API. */
export async function makeOrg(app: App, slug: string, model: string, policy: string, zone = 'UTC'): Promise<void> {
  const made = await app.send('POST', '/api/v1/admin/organizations', { body: { slug, zone } })
  assert.equal(made.status, 201, made.text)
  const put = await app.send('PUT', `/orgs/${slug}/api/v1/admin/model`, { body: { dsl: model } })
  assert.equal(put.status, 200, put.text)
  const published = await app.send('POST', `/orgs/${slug}/api/v1/admin/policies`, { body: { text: policy } })
  assert.equal(published.status, 201, published.text)
}
