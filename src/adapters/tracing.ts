import type { TracerWriter, TracingOptions } from './tracer.ts'

/** What traces requests; null where nothing is traced: then OpenTelemetry is not even loaded, nor a thread started. */
export async function tracerFor(options: TracingOptions | null): Promise<TracerWriter | null> {
  if (options === null) return null
  const { openTracer } = await import('./tracer.ts')
  return openTracer(options)
}
