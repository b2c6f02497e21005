import { verify } from '../contestant.ts'
import { type RaceOptions, type Runner, race, type Timing } from '../harness.ts'
import { APPS } from './all.ts'
import type { App } from './app.ts'
import { casbin } from './casbin.ts'
import { casl } from './casl.ts'
import { cedarGathered, cedarGathering } from './cedar.ts'
import type { AppMaker } from './contestant.ts'
import { cached, cold, embedded } from './ours.ts'
import { caseOf } from './requests.ts'

export const MAKERS: readonly AppMaker[] = [cached, cold, embedded, cedarGathered, cedarGathering, casbin, casl]

export interface AppsPlan {
  /** How many there are of each: users, groups, resources, and folders where there are any. */
  readonly sizes: readonly number[]
  readonly requests: number
  readonly race: RaceOptions
}

export interface AppCell extends Timing {
  readonly app: string
  readonly size: number
  readonly tuples: number
  readonly name: string
}

/** All contestants on all applications, one application after another. */
export async function raceApps(plan: AppsPlan, say: (text: string) => void): Promise<readonly AppCell[]> {
  const cells: AppCell[] = []
  for (const app of APPS) {
    say(`  ${app.name}`)
    cells.push(...(await raceApp(app, plan)))
  }
  return cells
}

async function raceApp(app: App, plan: AppsPlan): Promise<readonly AppCell[]> {
  const entries: (Omit<AppCell, keyof Timing> & { readonly runner: Runner })[] = []
  for (const size of plan.sizes) {
    const given = caseOf(app, size, plan.requests)
    for (const maker of MAKERS) {
      const contestant = await maker.make(given)
      verify(contestant, given)
      const runner = { contestant, requests: given.requests.length }
      entries.push({ app: app.name, size, tuples: given.world.tuples.length, name: contestant.name, runner })
    }
  }
  const timings = race(
    entries.map(e => e.runner),
    plan.race,
  )
  return entries.map(({ runner: _, ...entry }, i) => ({ ...entry, ...(timings[i] as Timing) }))
}
