import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'

/** The body of a thread: a module beside the one whose address is given. Source runs as it is, the build as JavaScript. */
export const bodyBeside = (address: string, name: string): URL =>
  // A path given as text would be rewritten by neither.
  new URL(`./${name}${address.endsWith('.ts') ? '.ts' : '.js'}`, address)

/** Where decisions and the thread that calls this want one processor, decisions get most of it. Linux has priorities of threads. */
export function yieldToDecisions(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 5)
  } catch {
    // Elsewhere the scheduler is left to itself.
  }
}
