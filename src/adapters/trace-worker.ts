import { parentPort, workerData } from 'node:worker_threads'
import {
  createTraceState,
  type HrTime,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { yieldToDecisions } from './threads.ts'
import type { EndedSpan, TraceCall, TraceReply, TraceThreadOptions } from './trace-calls.ts'

/**
 * The thread that delivers spans, with OpenTelemetry. It has a heap and compiled code of its own: with a client of HTTP beside
 * the server V8 compiles what node shares between them for both, and requests wait while spans are written out.
 */
const parent = parentPort
if (parent === null) throw new Error('this module is the body of a worker thread')

yieldToDecisions()

const options = workerData as TraceThreadOptions
const exporter = new OTLPTraceExporter({
  url: options.url,
  headers: { ...options.headers },
  timeoutMillis: options.timeoutMs,
})

const resource = defaultResource().merge(
  resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version }),
)
const instrumentationScope = { name: 'lumoauth', version: options.version }
const NOTHING: never[] = []

/** A span as exporters read it. */
function readable(span: EndedSpan): ReadableSpan {
  const { traceId, spanId, name, start, end, caller } = span
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, ...(caller !== null && stateOf(caller)) }
  return {
    name,
    kind: span.serves ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => context,
    ...(span.parent !== null && { parentSpanContext: contextOf(traceId, span.parent, caller !== null) }),
    startTime: hrTime(start),
    endTime: hrTime(end),
    duration: hrTime(end - start),
    status: { code: span.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    // Exporters do not write to them; OpenTelemetry has no types for what is only read.
    attributes: span.attributes as ReadableSpan['attributes'],
    links: NOTHING,
    events: NOTHING,
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

const stateOf = ({ tracestate }: { readonly tracestate: string | undefined }): Pick<SpanContext, 'traceState'> =>
  tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }

const contextOf = (traceId: string, spanId: string, isRemote: boolean): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote,
})

/** Seconds, and nanoseconds beside them. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.min(Math.round((ms - seconds * 1_000) * 1e6), 999_999_999)]
}

const reply = (value: TraceReply): void => parent.postMessage(value)

/** Ends when the receiver has the spans, will not have them, or took too long; which of them, nobody waits to hear. */
function deliver(spans: readonly EndedSpan[]): Promise<void> {
  return new Promise(resolve => {
    // The exporter's own bound is on each attempt.
    const late = setTimeout(resolve, options.timeoutMs + 1_000)
    exporter.export(spans.map(readable), () => {
      clearTimeout(late)
      resolve()
    })
  })
}

let last: Promise<unknown> = Promise.resolve()

parent.on('message', (call: TraceCall) => {
  last = last.then(async () => {
    if (call !== 'close') {
      await deliver(call)
      return reply(call.length)
    }
    await exporter.shutdown().catch(() => undefined)
    reply('closed')
  })
})
