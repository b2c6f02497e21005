import { Worker } from 'node:worker_threads'
import { chance } from '../lib/ids.ts'
import type { RequestSpan, SpanValue, Tracer } from '../lib/span.ts'
import { traceParentIn } from '../lib/traceparent.ts'
import { type Sampling, samplerOf } from './sampling.ts'
import { bodyBeside } from './threads.ts'
import type { EndedSpan, TraceReply, TraceThreadOptions } from './trace-calls.ts'

export interface TracingOptions {
  /** Where traces are sent, by OTLP over HTTP: the path `v1/traces` is added. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly sampling: Sampling
  readonly service: string
  readonly version: string
  /** How long a span waits for company. */
  readonly intervalMs?: number
  /** How long one delivery may take. */
  readonly timeoutMs?: number
  /** How long `close` waits for what is still to be delivered. */
  readonly closeMs?: number
  /** Told when no trace can be delivered any more, by a fault of ours. */
  readonly lost?: (error: Error) => void
}

export interface TracerWriter extends Tracer {
  /** Delivers what there is, within a bound of time. Neither this nor anything else of it fails for what the receiver does. */
  close(): Promise<void>
}

/** Spans that wait to be delivered at the most; what comes when there are as many is dropped. */
const MOST_WAITING = 8_192
const MOST_OF_A_DELIVERY = 512
/** Longest text of an attribute. */
const LONGEST = 256

const BODY = bodyBeside(import.meta.url, 'trace-worker')

/**
 * Traces requests. Spans are noted here, and delivered with OpenTelemetry by a thread of its own: nothing waits for the receiver
 * of spans, and only spans are lost with it.
 */
export function openTracer(options: TracingOptions): TracerWriter {
  const { endpoint, headers, service, version, intervalMs = 1_000, timeoutMs = 5_000, closeMs = 2_000 } = options
  const workerData: TraceThreadOptions = {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    ...{ headers, timeoutMs, service, version },
  }
  const worker = new Worker(BODY, { workerData, name: 'traces', stdout: false, stderr: false })
  const samples = samplerOf(options.sampling)
  let ended: EndedSpan[] = []
  /** With the thread, and not delivered yet. */
  let sent = 0
  let closed = false

  const send = (): void => {
    if (ended.length === 0) return
    worker.postMessage(ended)
    sent += ended.length
    ended = []
  }
  const keep = (span: EndedSpan): void => {
    if (closed || sent + ended.length >= MOST_WAITING) return
    ended.push(span)
    if (ended.length === MOST_OF_A_DELIVERY) send()
  }
  const turns = setInterval(send, intervalMs)
  turns.unref()
  const stop = (): void => {
    closed = true
    ended = []
    clearInterval(turns)
  }
  const done = new Promise<void>(resolve => {
    worker.on('message', (reply: TraceReply) => {
      if (reply === 'closed') resolve()
      else sent -= reply
    })
    worker.on('error', error => {
      stop()
      options.lost?.(error)
    })
    worker.on('exit', () => resolve())
  })
  worker.unref()

  return {
    request(traceparent, tracestate) {
      const parent = traceparent === undefined ? null : traceParentIn(traceparent)
      if (!samples(parent)) return null
      if (parent === null) return beginSpan(begun(chance(32), null), keep)
      return beginSpan({ ...begun(parent.traceId, parent.spanId), caller: { tracestate } }, keep)
    },
    async close() {
      if (closed) return
      send()
      stop()
      worker.postMessage('close')
      let late: NodeJS.Timeout | undefined
      const bound = new Promise<void>(resolve => {
        late = setTimeout(resolve, closeMs)
      })
      await Promise.race([done, bound])
      clearTimeout(late)
      await worker.terminate()
    },
  }
}

/** The clocks at one instant: all spans of a request go by the one that does not jump. */
interface Clocks {
  readonly wall: number
  readonly steady: number
}

type Begun = Pick<EndedSpan, 'traceId' | 'spanId' | 'parent' | 'caller' | 'serves'> & {
  readonly clocks: Clocks
  name: string
}

const begun = (traceId: string, parent: string | null): Begun => ({
  ...{ traceId, spanId: chance(16), parent, caller: null, serves: true, name: 'HTTP' },
  clocks: { wall: Date.now(), steady: performance.now() },
})

const instant = ({ wall, steady }: Clocks): number => wall + (performance.now() - steady)

/** A span that begins now; `keep` gets it when it has ended, once. */
function beginSpan(of: Begun, keep: (span: EndedSpan) => void): RequestSpan {
  const { traceId, spanId, parent, caller, serves, clocks } = of
  const start = instant(clocks)
  const attributes: Record<string, SpanValue> = {}
  let { name } = of
  let failed = false
  let open = true
  return {
    traceId,
    name(given) {
      name = given
    },
    set(key, value) {
      attributes[key] = cut(value)
    },
    fail(what) {
      attributes['error.type'] = cut(what)
      failed = true
    },
    child: part =>
      beginSpan({ traceId, spanId: chance(16), parent: spanId, caller: null, serves: false, name: part, clocks }, keep),
    end() {
      if (!open) return
      open = false
      keep({ traceId, spanId, parent, caller, serves, name, attributes, failed, start, end: instant(clocks) })
    },
  }
}

function cut(value: SpanValue): SpanValue {
  if (typeof value === 'string') return value.slice(0, LONGEST)
  return typeof value === 'object' ? value.map(one => one.slice(0, LONGEST)) : value
}
