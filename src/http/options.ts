import type { Logger } from 'pino'
import type { Service } from '../pdp/service.ts'
import type { Route } from '../protocols/route.ts'
import type { Metrics } from './metrics.ts'
import type { Streams } from './streams.ts'

export interface HttpOptions {
  readonly routes: readonly Route[]
  readonly service: Service
  readonly metrics: Metrics
  readonly logger: Logger
  readonly streams: Streams
  readonly publicUrl: string
  /** Largest body, in bytes. */
  readonly maxBody: number
}
