import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded before a program: SIGUSR2 begins a profile of its main thread, as `--cpu-prof` makes them but without the start
 * of the program, and the next ends it and writes it to `BENCH_PROFILES`.
 */
const INTERVAL_MICROSECONDS = 200

if (isMainThread && process.env.BENCH_PROFILES !== undefined) {
  const directory = process.env.BENCH_PROFILES
  const session = new Session()
  let running = false
  const toggle = async (): Promise<void> => {
    if (!running) {
      running = true
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS })
      await session.post('Profiler.start')
      return
    }
    running = false
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    writeFileSync(join(directory, `${process.pid}.cpuprofile`), JSON.stringify(profile))
    process.send?.({ kind: 'profiled' })
  }
  process.on('SIGUSR2', () => void toggle())
}
