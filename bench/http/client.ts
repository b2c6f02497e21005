import { chanceFrom } from '../random.ts'
import { quantile } from '../stats.ts'
import { zipf } from '../zipf.ts'
import { timesIn } from './answer.ts'
import { GRPC, HTTP, type Line, type Prepared } from './line.ts'
import type { FromClient, Load, Seen } from './load.ts'

const send = (message: FromClient): void => void process.send?.(message)

/** How long an order of requests is before it begins again. */
const ORDER = 65_536

/** The same for all servers. */
const orderOf = (count: number): Int32Array => Int32Array.from({ length: ORDER }, zipf(count, chanceFrom(1)))

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
  const { prepare, open } = load.protocol === 'grpc' ? GRPC : HTTP
  const requests = bodies.map(body => prepare(port, path, headers, body))
  const order = load.order === 'zipf' ? orderOf(requests.length) : null
  const pairs = (writes?.pairs ?? []).map(pair =>
    pair.map(body => prepare(port, writes?.path ?? '', writes?.headers ?? {}, body)),
  )
  const sign = Buffer.from(expects?.sign ?? '', 'latin1')
  const tally: Tally = { checks: [], writes: [], failed: 0, failure: null, wrong: 0 }
  let until = 0
  let sent = 0
  let made = 0
  const ready = await Promise.all(
    Array.from({ length: load.connections }, async () => {
      let started = 0n
      /** The body under way; -1 is a write. */
      let asked = 0
      let takeBack: Prepared | null = null
      const over = Promise.withResolvers<void>()
      const line: Line = await open(port, {
        broke: over.reject,
        answered(answer, isGood) {
          const took = Number(process.hrtime.bigint() - started)
          if (!isGood) {
            tally.failed += 1
            tally.failure ??= answer.toString().slice(0, 2_000)
          } else if (asked >= 0 && expects !== undefined && timesIn(answer, sign) !== expects.times[asked]) {
            tally.wrong += 1
            tally.failure ??= `${bodies[asked]}\n${answer.toString().slice(0, 2_000)}`
          }
          ;(asked < 0 ? tally.writes : tally.checks).push(took)
          next()
        },
      })
      const put = (request: Prepared): void => {
        started = process.hrtime.bigint()
        line.put(request)
      }
      const write = (): void => {
        asked = -1
        const [make, back] = pairs[made % pairs.length] as readonly Prepared[]
        const request = takeBack ?? (make as Prepared)
        if (takeBack === null) made += 1
        takeBack = takeBack === null ? (back as Prepared) : null
        put(request)
      }
      const next = (): void => {
        if (sent >= load.count || performance.now() > until) {
          if (takeBack === null) over.resolve()
          else write()
          return
        }
        sent += 1
        if (writes !== undefined && sent % writes.every === 0) {
          write()
          return
        }
        asked = order === null ? (sent - 1) % requests.length : (order[sent % ORDER] as number)
        put(requests[asked] as Prepared)
      }
      return { line, next, over: over.promise }
    }),
  )
  const started = process.hrtime.bigint()
  until = performance.now() + (load.forMs ?? Number.POSITIVE_INFINITY)
  for (const { next } of ready) next()
  await Promise.all(ready.map(({ over }) => over))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  for (const { line } of ready) line.close()
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
