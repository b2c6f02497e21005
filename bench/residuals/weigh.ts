import { execFileSync } from 'node:child_process'

/** What a cached residual takes, of one load. */
export interface WeighedLoad {
  readonly asked: number
  /** How many were kept. */
  readonly size: number
  /** Bytes of each, on the heap and in buffers. */
  readonly bytes: number
  /** The same as the cache counts it itself. */
  readonly counted: number
  readonly allow: number
  readonly deny: number
  readonly escalate: number
}

export interface WeighedResiduals {
  readonly bench: WeighedLoad
  readonly hard: WeighedLoad
}

/** Weighs residuals in a process of its own, where nothing else comes and goes. */
export function weighResiduals(): WeighedResiduals {
  const script = new URL('./child.ts', import.meta.url).pathname
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })) as WeighedResiduals
}
