import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'

/** Where decisions and the thread that calls this want one processor, decisions get most of it. Linux has priorities of threads. */
export function yieldToDecisions(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 5)
  } catch {
    // Elsewhere the scheduler is left to itself.
  }
}
