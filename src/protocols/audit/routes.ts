import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { exportRoutes } from './export.ts'
import { keepingRoutes } from './keeping.ts'
import { BASES, logRoutes } from './logs.ts'
import { retentionRoutes } from './settings.ts'
import { streamRoute } from './stream.ts'
import { timelineRoutes } from './timeline.ts'

/** The record of an org. What has a name of its own comes before what is taken for the id of an entry. */
export const auditRoutes = (service: Service): readonly Route[] => [
  ...BASES.flatMap(base => [
    ...retentionRoutes(service, base),
    ...exportRoutes(service, base),
    streamRoute(service, base),
    ...keepingRoutes(service, base),
    ...logRoutes(service, base),
  ]),
  ...timelineRoutes(service),
]
