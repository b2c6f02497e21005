import { setTimeout as sleep } from 'node:timers/promises'
import { createSlots } from '../lib/slots.ts'
import { PdpError } from './errors.ts'
import type { Service } from './service.ts'

/** Orgs to load before the first request: these, or those written to last. */
export type Preloaded = readonly string[] | 'recent'

export interface Preload {
  readonly loaded: number
  readonly of: number
  /** False until every org is in memory, or cannot be. */
  readonly done: boolean
}

const RECENT = 100
const AT_ONCE = 2
const RETRY_MS = 500
/** Of the budget: what was written to last is loaded as long as it does not push out what was loaded before. */
const FILL = 0.8

/** Loads orgs in the background. One that does not exist or does not fit is told to `failed`, and not waited for. */
export function preload(
  { orgs, store }: Pick<Service, 'orgs' | 'store'>,
  wanted: Preloaded,
  failed: (org: string, error: unknown) => void,
  signal: AbortSignal,
): Preload {
  const state = { loaded: 0, of: 0, done: false }
  const inSlot = createSlots(AT_ONCE)

  const one = async (slug: string): Promise<void> => {
    const { bytes, budget } = orgs.figures
    if (wanted === 'recent' && budget !== null && bytes > budget * FILL) return
    await untilAnswered(() => Promise.resolve(orgs.get(slug)), signal).catch((error: unknown) => failed(slug, error))
  }

  const run = async (): Promise<void> => {
    const slugs = wanted === 'recent' ? await untilAnswered(() => store.recentOrgs(RECENT), signal) : wanted
    state.of = slugs.length
    const all = slugs.map(slug =>
      inSlot(() => one(slug)).then(() => {
        state.loaded += 1
      }),
    )
    await Promise.all(all)
    state.done = true
  }

  run().catch((error: unknown) => {
    if (!signal.aborted) failed('', error)
  })
  return state
}

/** A database that does not answer, and an org that takes its time, are waited for. */
async function untilAnswered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const code = error instanceof PdpError || isUnavailable(error) ? (error as { code: string }).code : null
      if (code !== 'org_loading' && code !== 'unavailable') throw error
      await sleep(RETRY_MS, undefined, { signal })
    }
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'unavailable'
