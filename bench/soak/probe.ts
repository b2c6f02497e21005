/**
 * Loaded into every process and thread of the service under a soak: collects garbage now and then, and writes down what is
 * left. The service knows nothing of it.
 */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { threadId } from 'node:worker_threads'

/** What a thread holds after garbage was collected, in bytes. `rss` is of its whole process. */
export interface Sample {
  readonly at: number
  readonly pid: number
  readonly thread: number
  readonly heap: number
  readonly external: number
  readonly buffers: number
  readonly rss: number
  /** What keeps it from ending: sockets, timers, servers. */
  readonly handles: number
  /** How late timers were since the last sample, in milliseconds: the middle one and the 99th in a hundred. */
  readonly lateP50: number
  readonly lateP99: number
}

const file = process.env.SOAK_SAMPLES
const everyMs = Number(process.env.SOAK_EVERY_MS ?? '10000')

if (file !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const late = monitorEventLoopDelay({ resolution: 10 })
  late.enable()
  const sample = (): Sample => {
    const [lateP50, lateP99] = [late.percentile(50) / 1e6, late.percentile(99) / 1e6]
    collect()
    collect()
    late.reset()
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
    return {
      ...{ at: Date.now(), pid: process.pid, thread: threadId },
      ...{ heap: heapUsed, external, buffers: arrayBuffers, rss },
      ...{ handles: process.getActiveResourcesInfo().length, lateP50, lateP99 },
    }
  }
  setInterval(() => appendFileSync(file, `${JSON.stringify(sample())}\n`), everyMs).unref()
}
