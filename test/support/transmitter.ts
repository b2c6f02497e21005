import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type IssuerKey, makeKey, sign } from './workload/keys.ts'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'

/** A transmitter of security events with its keys, and a queue to be polled, over real HTTP. */
export interface LocalTransmitter {
  readonly issuer: string
  readonly host: string
  readonly key: IssuerKey
  /** Keys it publishes. */
  keys: readonly IssuerKey[]
  /** Tokens that wait to be polled, by `jti`. */
  readonly queue: Map<string, string>
  readonly acked: string[]
  readonly faults: Record<string, { readonly err: string }>
  readonly polls: (string | undefined)[]
  event(audience: string, type: string, subject: object | null, claims?: object, more?: object): Record<string, unknown>
  set(payload: Record<string, unknown>, key?: IssuerKey, header?: object): Promise<string>
  close(): Promise<void>
}

export async function startTransmitter(): Promise<LocalTransmitter> {
  const key = await makeKey('RS256', 'k1')
  const server = createServer((request, response) => {
    const json = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (request.url === '/jwks') return json({ keys: it.keys.map(one => one.jwk) })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString())
      it.polls.push(request.headers.authorization)
      for (const jti of [...asked.ack, ...Object.keys(asked.setErrs)]) it.queue.delete(jti)
      it.acked.push(...asked.ack)
      Object.assign(it.faults, asked.setErrs)
      const sets = [...it.queue].slice(0, asked.maxEvents)
      json({ sets: Object.fromEntries(sets), moreAvailable: it.queue.size > sets.length })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const it: LocalTransmitter = {
    issuer: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    key,
    keys: [key],
    queue: new Map(),
    acked: [],
    faults: {},
    polls: [],
    event: (audience, type, subject, claims = {}, more = {}) => ({
      iss: it.issuer,
      aud: audience,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      ...(subject !== null && { sub_id: subject }),
      events: { [type.includes(':') ? type : `${CAEP}${type}`]: claims },
      ...more,
    }),
    set: (payload, by = it.key, header = {}) => sign(payload, by, { typ: 'secevent+jwt', ...header }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return it
}
