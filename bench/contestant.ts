import type { BenchRequest } from './cases/requests.ts'
import type { BenchRule } from './cases/rules.ts'
import type { World } from './cases/world.ts'

/** What is decided: the same for all contestants of one row. */
export interface Case {
  readonly world: World
  readonly rules: readonly BenchRule[]
  readonly requests: readonly BenchRequest[]
}

/** One way to decide the requests of a case. */
export interface Contestant {
  readonly name: string
  /** Decides request number `n` and says whether it is allowed. */
  readonly decide: (n: number) => boolean
  /** Made ready for a batch, outside the measured time. */
  readonly before?: () => void
  /** Most decisions of one batch, if a batch may not go on for ever. */
  readonly longest?: number
}

/** Makes a contestant ready for a case; what that takes is not part of a decision. */
export type Maker = (given: Case) => Promise<readonly Contestant[]>

/** How long a slow contestant is checked, in milliseconds. */
const PATIENCE = 2_000

/** Fails unless the contestant answers every request as the case says; one that is slow is asked only some of them. */
export function verify(
  { name, decide, before }: Contestant,
  { requests }: { readonly requests: readonly { readonly allowed: boolean }[] },
): void {
  before?.()
  const until = performance.now() + PATIENCE
  for (const [n, request] of requests.entries()) {
    if (decide(n) !== request.allowed) {
      throw new Error(`${name} answers ${!request.allowed} to request ${n}: ${JSON.stringify(request)}`)
    }
    if (performance.now() > until) return
  }
}
