import { ROOT_CONTEXT } from '@opentelemetry/api'
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import type { TraceParent } from '../lib/traceparent.ts'

/** In OpenTelemetry's names. */
type Sampler =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | `parentbased_${'always_on' | 'always_off' | 'traceidratio'}`

/** Which requests are traced. */
export interface Sampling {
  readonly sampler: Sampler
  /** The part of requests that are traced, from 0 to 1, where the sampler goes by one. */
  readonly ratio: number
}

/** Whether a request is traced, by where it comes from alone. */
export type Samples = (parent: TraceParent | null) => boolean

export function samplerOf({ sampler, ratio }: Sampling): Samples {
  switch (sampler) {
    case 'always_on':
      return () => true
    case 'always_off':
      return () => false
    case 'traceidratio':
      return byTraceId(ratio)
    case 'parentbased_always_on':
      return parent => parent === null || parent.sampled
    case 'parentbased_always_off':
      return parent => parent?.sampled === true
    case 'parentbased_traceidratio':
      return parent => (parent === null ? Math.random() < ratio : parent.sampled)
  }
}

/** All services of a trace that go by its id come to the same. */
function byTraceId(ratio: number): Samples {
  const sampler = new TraceIdRatioBasedSampler(ratio)
  return parent => {
    if (parent === null) return Math.random() < ratio
    return sampler.shouldSample(ROOT_CONTEXT, parent.traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
  }
}
