import { type Receiver, until } from './receiver.ts'

/** A span as it came over OTLP in JSON, its attributes as an object. */
export interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly name: string
  /** 1: within the service; 2: of a request it answers. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: number
  /** Nanoseconds since 1970. */
  readonly start: string
  readonly took: bigint
  readonly service: unknown
}

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface OtlpResource {
  readonly resource: { readonly attributes?: readonly OtlpAttribute[] }
  readonly scopeSpans: readonly {
    readonly spans: readonly {
      readonly traceId: string
      readonly spanId: string
      readonly parentSpanId?: string
      readonly traceState?: string
      readonly name: string
      readonly kind: number
      readonly attributes?: readonly OtlpAttribute[]
      readonly status?: { readonly code?: number }
      readonly startTimeUnixNano: string
      readonly endTimeUnixNano: string
    }[]
  }[]
}

const plain = (value: Readonly<Record<string, unknown>>): unknown => {
  if ('intValue' in value) return Number(value.intValue)
  if ('arrayValue' in value) {
    const { values = [] } = value.arrayValue as { readonly values?: readonly Readonly<Record<string, unknown>>[] }
    return values.map(plain)
  }
  return value.stringValue ?? value.boolValue ?? value.doubleValue
}

const attributesIn = (list: readonly OtlpAttribute[] = []): Readonly<Record<string, unknown>> =>
  Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]))

/** All spans that a receiver was sent. */
export function spansAt(receiver: Receiver): readonly SeenSpan[] {
  return receiver.got.flatMap(({ json }) =>
    json.resourceSpans.flatMap((resource: OtlpResource) =>
      resource.scopeSpans.flatMap(scope =>
        scope.spans.map(
          (span): SeenSpan => ({
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
            traceState: span.traceState,
            name: span.name,
            kind: span.kind,
            attributes: attributesIn(span.attributes),
            status: span.status?.code ?? 0,
            start: span.startTimeUnixNano,
            took: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano),
            service: attributesIn(resource.resource.attributes)['service.name'],
          }),
        ),
      ),
    ),
  )
}

/** The spans of one trace, once there are so many: those of requests, and those of decisions. */
export async function traceAt(receiver: Receiver, traceId: string, count: number) {
  const found = (): readonly SeenSpan[] => spansAt(receiver).filter(span => span.traceId === traceId)
  await until(() => found().length >= count, `${count} spans of the trace ${traceId}`)
  const all = found()
  return { all, requests: all.filter(span => span.kind === 2), decisions: all.filter(span => span.name === 'decide') }
}
