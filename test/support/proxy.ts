import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What becomes of the bytes on their way. A change of mode ends the connections there are. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Connections are ended as they come. */
  | { readonly kind: 'refuse' }
  /** Everything is taken and nothing is answered. */
  | { readonly kind: 'hang' }
  /** So many bytes of an answer come through, then the connection is gone. */
  | { readonly kind: 'cut'; readonly after: number }
  /** The head of an answer comes through, and the first byte of its body. */
  | { readonly kind: 'cut in body' }
  /** Requests are passed on, answers are lost. */
  | { readonly kind: 'deaf' }
  /** An answer a byte at a time, so many milliseconds apart. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }

export interface Proxy {
  readonly url: string
  set(mode: ProxyMode): void
  /** Bytes of requests that came since the mode was set. */
  readonly heard: number
  close(): void
}

/** A TCP proxy on a free loopback port, in front of the server at `url`. */
export async function startProxy(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let mode: ProxyMode = { kind: 'pass' }
  let heard = 0
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer(client => {
    keep(client)
    const now = mode
    client.on('data', chunk => {
      heard += chunk.length
    })
    switch (now.kind) {
      case 'refuse':
        client.destroy()
        return
      case 'hang':
        return
      case 'answer':
        client.on('data', () => {
          const head = `HTTP/1.1 ${now.status} X\r\ncontent-type: application/json\r\nconnection: close\r\n`
          client.end(`${head}content-length: ${Buffer.byteLength(now.body)}\r\n\r\n${now.body}`)
        })
        return
    }
    const upstream = keep(connect(Number(port), hostname))
    client.pipe(upstream)
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    let sent = 0
    upstream.on('data', chunk => {
      if (now.kind === 'deaf') return
      if (now.kind === 'drip') {
        void drip(client, chunk, now.everyMs)
        return
      }
      const body = chunk.indexOf('\r\n\r\n') + 4
      if (now.kind === 'cut in body' && body > 4) {
        // One byte: a few more are all there is of an empty list.
        client.write(chunk.subarray(0, body + 1), () => client.destroy())
        return
      }
      if (now.kind === 'cut' && sent + chunk.length > now.after) {
        client.write(chunk.subarray(0, Math.max(0, now.after - sent)), () => client.destroy())
        return
      }
      sent += chunk.length
      client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const end = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    set(next) {
      mode = next
      heard = 0
      end()
    },
    get heard() {
      return heard
    },
    close() {
      server.close()
      end()
    },
  }
}

async function drip(client: Socket, chunk: Buffer, everyMs: number): Promise<void> {
  for (const byte of chunk) {
    if (client.destroyed) return
    client.write(Buffer.of(byte))
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
