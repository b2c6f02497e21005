import { type ChildProcess, spawn } from 'node:child_process'
import { heard, stop } from '../http/children.ts'
import type { OrgsPlan } from './plan.ts'

/** What orgs cost that hardly anybody asks. */
export interface OrgsMeasured {
  readonly orgs: number
  readonly visited: number
  readonly asked: number
  /** Bytes of the service's memory an org takes: its rows alone, once it was loaded and dropped, while it is loaded. */
  readonly rows: number
  readonly idle: number
  readonly loaded: number
  /** What is left of one that was asked for tokens and dropped again. */
  readonly dropped: number
  /** Nanoseconds to write the rows of an org; to make one through the service; to its first token; to a later one. */
  readonly written: number
  readonly made: number
  readonly first: { readonly p50: number; readonly p99: number }
  readonly next: { readonly p50: number; readonly p99: number }
  /** To a token of one that has its keys and is not in memory. */
  readonly again: { readonly p50: number; readonly p99: number }
}

/** In a process of its own, whose collector can be run. */
export async function measureOrgs(plan: OrgsPlan): Promise<OrgsMeasured> {
  const file = new URL('./many-orgs.ts', import.meta.url).pathname
  const child: ChildProcess = spawn(process.execPath, ['--expose-gc', file, JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    return await heard<OrgsMeasured>(child)
  } finally {
    await stop(child)
  }
}
