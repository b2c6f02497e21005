import { connect, type Socket } from 'node:net'
import { quantile } from '../stats.ts'
import { isWhole, statusOf, timesIn } from './answer.ts'
import type { FromClient, Load, Seen } from './load.ts'
import { zipfOrder } from './zipf.ts'

const send = (message: FromClient): void => void process.send?.(message)

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

function requestBytes(port: number, path: string, headers: Load['headers'], body: string): Buffer {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** How long an order of requests is before it begins again. */
const ORDER = 65_536

interface Tally {
  readonly checks: number[]
  readonly writes: number[]
  failed: number
  failure: string | null
  wrong: number
}

/** Each connection keeps one request under way until all requests have been sent. */
async function run(load: Load): Promise<Seen> {
  const { port, path, headers, bodies, expects, writes } = load
  const requests = bodies.map(body => requestBytes(port, path, headers, body))
  const order = load.order === 'zipf' ? zipfOrder(requests.length, ORDER, 1) : null
  const pairs = (writes?.pairs ?? []).map(pair =>
    pair.map(body => requestBytes(port, writes?.path ?? '', writes?.headers ?? {}, body)),
  )
  const sign = Buffer.from(expects?.sign ?? '')
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(port)))
  const tally: Tally = { checks: [], writes: [], failed: 0, failure: null, wrong: 0 }
  const until = performance.now() + (load.forMs ?? Number.POSITIVE_INFINITY)
  let sent = 0
  let made = 0
  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let got: Buffer | null = null
      let started = 0n
      /** The body under way; -1 is a write. */
      let asked = 0
      let takeBack: Buffer | null = null
      const put = (request: Buffer): void => {
        started = process.hrtime.bigint()
        socket.write(request)
      }
      const write = (): void => {
        asked = -1
        if (takeBack === null) {
          const [make, back] = pairs[made++ % pairs.length] as Buffer[]
          takeBack = back as Buffer
          put(make as Buffer)
        } else {
          const request = takeBack
          takeBack = null
          put(request)
        }
      }
      const next = (): void => {
        if (sent >= load.count || performance.now() > until) {
          if (takeBack === null) resolve()
          else write()
          return
        }
        sent += 1
        if (writes !== undefined && sent % writes.every === 0) {
          write()
          return
        }
        asked = order === null ? (sent - 1) % requests.length : (order[sent % ORDER] as number)
        put(requests[asked] as Buffer)
      }
      socket.on('data', chunk => {
        got = got === null ? chunk : Buffer.concat([got, chunk])
        if (!isWhole(got)) return
        const took = Number(process.hrtime.bigint() - started)
        if (statusOf(got) !== '200') {
          tally.failed += 1
          tally.failure ??= got.toString().slice(0, 2_000)
        } else if (asked >= 0 && expects !== undefined && timesIn(got, sign) !== expects.times[asked]) {
          tally.wrong += 1
          tally.failure ??= `${bodies[asked]}\n${got.toString().slice(0, 2_000)}`
        }
        ;(asked < 0 ? tally.writes : tally.checks).push(took)
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
  const { checks, writes: written, failed, failure, wrong } = tally
  return {
    p50: quantile(checks, 0.5),
    p99: quantile(checks, 0.99),
    perSecond: (checks.length + written.length) / seconds,
    failed,
    failure,
    wrong,
    sent: checks.length + written.length,
    written: written.length,
    writeP50: quantile(written, 0.5),
    writeP99: quantile(written, 0.99),
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
