import {
  type Context,
  createTraceState,
  type Tracer as Otel,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { RequestSpan, SpanValue, Tracer } from '../lib/span.ts'
import { type TraceParent, traceParentIn } from '../lib/traceparent.ts'
import { type Sampling, samplerOf } from './sampling.ts'

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

/** Traces requests with OpenTelemetry. Nothing waits for the receiver of spans, and only spans are lost with it. */
export function openTracer(options: TracingOptions): TracerWriter {
  const { endpoint, headers, intervalMs = 1_000, timeoutMs = 5_000, closeMs = 2_000 } = options
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    concurrencyLimit: 2,
  })
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: MOST_WAITING,
    maxExportBatchSize: MOST_OF_A_DELIVERY,
    scheduledDelayMillis: intervalMs,
    exportTimeoutMillis: timeoutMs + 1_000,
  })
  const named = resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version })
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(named),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [processor],
    spanLimits: { attributeValueLengthLimit: LONGEST },
  })
  const otel = provider.getTracer('lumoauth', options.version)
  const samples = samplerOf(options.sampling)

  return {
    request(traceparent, tracestate) {
      const parent = traceparent === undefined ? null : traceParentIn(traceparent)
      if (!samples(parent)) return null
      const context = parent === null ? ROOT_CONTEXT : within(parent, tracestate)
      return spanOf(otel, otel.startSpan('HTTP', { kind: SpanKind.SERVER }, context))
    },
    async close() {
      let late: NodeJS.Timeout | undefined
      const bound = new Promise<void>(resolve => {
        late = setTimeout(resolve, closeMs)
      })
      await Promise.race([provider.shutdown().catch(() => undefined), bound])
      clearTimeout(late)
    },
  }
}

const within = ({ traceId, spanId, sampled }: TraceParent, tracestate: string | undefined): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  })

const spanOf = (otel: Otel, span: OtelSpan): RequestSpan => ({
  traceId: span.spanContext().traceId,
  name: name => void span.updateName(name),
  set: (name, value) => void span.setAttribute(name, attributeOf(value)),
  fail(what) {
    span.setAttribute('error.type', what)
    span.setStatus({ code: SpanStatusCode.ERROR })
  },
  child: name => spanOf(otel, otel.startSpan(name, { kind: SpanKind.INTERNAL }, trace.setSpan(ROOT_CONTEXT, span))),
  end: () => span.end(),
})

const attributeOf = (value: SpanValue): string | number | boolean | string[] =>
  typeof value === 'object' ? [...value] : value
