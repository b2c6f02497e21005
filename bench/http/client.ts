import { connect, type Socket } from 'node:net'
import { quantile } from '../stats.ts'
import { isWhole, statusOf } from './answer.ts'
import type { FromClient, Load, Seen } from './load.ts'

const send = (message: FromClient): void => void process.send?.(message)

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

function requestBytes({ path, headers, port }: Load, body: string): Buffer {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** Each connection keeps one request under way until all requests have been sent. */
async function run(load: Load): Promise<Seen> {
  const requests = load.bodies.map(body => requestBytes(load, body))
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)))
  const times: number[] = []
  const until = performance.now() + (load.forMs ?? Number.POSITIVE_INFINITY)
  let sent = 0
  let failed = 0
  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let got: Buffer | null = null
      let started = 0n
      const next = (): void => {
        if (sent === load.count || performance.now() > until) {
          resolve()
          return
        }
        const request = requests[sent % requests.length] as Buffer
        sent += 1
        started = process.hrtime.bigint()
        socket.write(request)
      }
      socket.on('data', chunk => {
        got = got === null ? chunk : Buffer.concat([got, chunk])
        if (!isWhole(got)) return
        times.push(Number(process.hrtime.bigint() - started))
        if (statusOf(got) !== '200') failed += 1
        got = null
        next()
      })
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the server closed the connection')))
      next()
    })
  const started = process.hrtime.bigint()
  await Promise.all(sockets.map(drive))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: times.length / seconds,
    failed,
    sent: times.length,
  }
}

process.on('message', (load: Load) => {
  run(load).then(
    seen => send({ kind: 'seen', seen }),
    (error: unknown) => send({ kind: 'failed', why: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
send({ kind: 'ready' })
