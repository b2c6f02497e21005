import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StoreTarget } from '../../../src/adapters/store.ts'
import type { Charge } from '../../../src/policy/charge.ts'

/** What a child process is ordered to do. */
export interface Orders {
  readonly target: StoreTarget
  readonly redis: string | null
  readonly org: string
  readonly seed: number
  readonly loops: number
  /** Caps, and lengths in milliseconds. */
  readonly counts: {
    readonly ever: readonly number[]
    readonly sliding: { readonly length: number; readonly cap: number }
    readonly fixed: { readonly length: number; readonly cap: number }
  }
  readonly edge: { readonly spends: number; readonly cap: number } | null
}

export type Line =
  | { readonly kind: 'done' }
  | { readonly kind: 'asked'; readonly atOnce: boolean }
  /** `heard`: when it was known to be spent, at some instant since `at`. */
  | { readonly kind: 'spent'; readonly charges: readonly Charge[]; readonly at: number; readonly heard: number }
  | { readonly kind: 'over'; readonly of: Charge; readonly used: number; readonly reserved: number }
  | { readonly kind: 'wrong'; readonly what: string }

export interface Child {
  readonly lines: Line[]
  /** Ends it as nothing can be ready for. */
  kill(): Promise<void>
  /** Lets it finish; resolves when it is gone. */
  finish(): Promise<void>
}

const running = new Set<ChildProcess>()

export function startChild(orders: Orders): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), JSON.stringify(orders)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.add(child)
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', text => {
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      // The last line of a process that was killed may be cut off.
      return
    }
    lines.push(line)
  })
  const gone = once(child, 'close').then(() => {
    running.delete(child)
  })
  return {
    lines,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async finish() {
      child.stdin.end()
      await gone
    },
  }
}

/** Nothing outlives the tests. */
export const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}
