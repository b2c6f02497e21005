import type { Logger } from 'pino'
import type { Tracer } from '../lib/span.ts'
import type { Service } from '../pdp/service.ts'
import type { Route } from '../protocols/route.ts'
import type { Metrics } from './metrics.ts'
import type { Streams } from './streams.ts'

export interface HttpOptions {
  readonly routes: readonly Route[]
  readonly service: Service
  /** Null: nobody measures. */
  readonly metrics: Pick<Metrics, 'observe'> | null
  readonly logger: Logger
  /** Null: no request is traced. */
  readonly tracer: Tracer | null
  readonly streams: Streams
  readonly publicUrl: string
  /** Largest body, in bytes. */
  readonly maxBody: number
}
