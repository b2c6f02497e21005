import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { isWhole, statusOf } from './answer.ts'

/** A request as it goes over a connection. */
export interface Prepared {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

/** One connection with one request under way at a time. */
export interface Line {
  readonly put: (request: Prepared) => void
  readonly close: () => void
}

/** What a connection tells of. */
export interface Hearer {
  readonly answered: (answer: Buffer, isGood: boolean) => void
  readonly broke: (error: Error) => void
}

export interface Protocol {
  readonly prepare: (port: number, path: string, headers: Prepared['headers'], body: string) => Prepared
  readonly open: (port: number, hearer: Hearer) => Promise<Line>
}

export const HTTP: Protocol = {
  prepare(port, path, headers, body) {
    const lines = Object.entries({
      host: `127.0.0.1:${port}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    return { path, headers, bytes: Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`) }
  },
  open: (port, { answered, broke }) =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let got: Buffer | null = null
      socket.once('error', error => {
        reject(error)
        broke(error)
      })
      socket.once('close', () => broke(new Error('the server closed the connection')))
      socket.on('data', chunk => {
        const all = got === null ? chunk : Buffer.concat([got, chunk])
        got = isWhole(all) ? null : all
        if (got === null) answered(all, statusOf(all) === '200')
      })
      socket.once('connect', () =>
        resolve({
          put: ({ bytes }) => void socket.write(bytes),
          close: () => void socket.removeAllListeners('close').destroy(),
        }),
      )
    }),
}

/** Messages are given in base64; each is one call, and its answer one message. */
export const GRPC: Protocol = {
  prepare(_port, path, headers, body) {
    const message = Buffer.from(body, 'base64')
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(message.length, 1)
    return { path, headers, bytes: Buffer.concat([frame, message]) }
  },
  open: (port, { answered, broke }) =>
    new Promise((resolve, reject) => {
      const session = connectHttp2(`http://127.0.0.1:${port}`)
      session.once('error', error => {
        reject(error)
        broke(error)
      })
      session.once('close', () => broke(new Error('the server closed the connection')))
      const put = ({ path, headers, bytes }: Prepared): void => {
        const call = session.request({
          ':method': 'POST',
          ':path': path,
          'content-type': 'application/grpc',
          te: 'trailers',
          ...headers,
        })
        const chunks: Buffer[] = []
        let status = ''
        const read = (fields: object): void => {
          if ('grpc-status' in fields) status = String(fields['grpc-status'])
        }
        call.on('response', read)
        call.on('trailers', read)
        call.on('data', (chunk: Buffer) => chunks.push(chunk))
        call.on('error', broke)
        call.on('end', () => answered(Buffer.concat(chunks), status === '0'))
        call.end(bytes)
      }
      session.once('connect', () => resolve({ put, close: () => void session.removeAllListeners('close').destroy() }))
    }),
}
