import { readFileSync } from 'node:fs'

/** Ticks of `/proc` in a second, fixed by Linux' interface. */
const TICKS = 100

/**
 * Processor time a process has taken so far, all its threads, in nanoseconds; NaN where there is no `/proc`. Unlike
 * throughput it hardly depends on what else the machine does.
 */
export const cpuTime = (pid: number | undefined): number => timeIn(`/proc/${pid}/stat`)

/** The same of its first thread: of Node, that which runs the program. */
export const mainThreadTime = (pid: number | undefined): number => timeIn(`/proc/${pid}/task/${pid}/stat`)

function timeIn(file: string): number {
  try {
    const stat = readFileSync(file, 'utf8')
    const [utime, stime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return ((Number(utime) + Number(stime)) / TICKS) * 1e9
  } catch {
    return Number.NaN
  }
}

/** Bytes of memory a process has now, and had at most; NaN where there is no `/proc`. */
export function memoryOf(pid: number | undefined): { readonly now: number; readonly peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const read = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024
    return { now: read('VmRSS'), peak: read('VmHWM') }
  } catch {
    return { now: Number.NaN, peak: Number.NaN }
  }
}
