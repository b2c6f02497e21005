import type { JitTimes } from '../../pdp/jit/requests.ts'
import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { answerRoutes } from './answers.ts'
import { meRoutes } from './me.ts'
import { requestRoutes } from './requests.ts'
import { streamRoute } from './stream.ts'
import { taskRoutes } from './tasks.ts'
import { useRoute } from './use.ts'

/** Tasks of agents, what they ask a yes for, and the answers. */
export const jitRoutes = (service: Service, times: JitTimes): readonly Route[] => [
  ...taskRoutes(service, times),
  ...requestRoutes(service, times),
  ...answerRoutes(service),
  useRoute(service),
  streamRoute(service),
  ...meRoutes(service, times),
]
