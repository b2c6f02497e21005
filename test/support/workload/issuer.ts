import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type IssuerMode = 'ok' | 'redirect' | 'slow' | 'huge' | 'malformed' | 'down'

/** A server on loopback that publishes keys the way issuers do, well or badly. */
export interface LocalIssuer {
  readonly url: string
  readonly host: string
  mode: IssuerMode
  keys: readonly unknown[]
  /** What its discovery document says beside the usual. */
  document: Readonly<Record<string, unknown>>
  /** Paths that were asked for. */
  readonly asked: string[]
  /** Answers of paths that are not those of issuers. */
  other: ((request: IncomingMessage, body: string, response: ServerResponse) => boolean) | null
  close(): void
}

export async function startIssuer(keys: readonly unknown[] = []): Promise<LocalIssuer> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => answer(request, body, response))
  })
  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const path = request.url ?? ''
    issuer.asked.push(path)
    const json = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (issuer.mode === 'redirect') return void response.writeHead(302, { location: `${issuer.url}/elsewhere` }).end()
    if (issuer.mode === 'slow') return
    if (issuer.mode === 'huge') return void json({ keys: issuer.keys, padding: 'x'.repeat(1024 * 1024) })
    if (issuer.mode === 'malformed')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[')
    if (issuer.mode === 'down') return void response.destroy()
    if (path.endsWith('/.well-known/openid-configuration')) {
      return void json({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, ...issuer.document })
    }
    if (path === '/jwks' || path === '/elsewhere') return void json({ keys: issuer.keys })
    if (issuer.other?.(request, body, response) !== true) response.writeHead(404).end()
  }
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: LocalIssuer = {
    url: `http://${host}`,
    host,
    mode: 'ok',
    keys,
    document: {},
    asked: [],
    other: null,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return issuer
}
