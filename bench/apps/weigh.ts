import { setImmediate } from 'node:timers/promises'
import { verify } from '../contestant.ts'
import { APPS } from './all.ts'
import type { AppCase } from './app.ts'
import type { AppContestant, AppMaker } from './contestant.ts'
import { caseOf } from './requests.ts'
import { wasmMemory } from './wasm.ts'

/** Loaded by name, so that a process holds the code of its contestant alone. */
const LOADERS: Readonly<Record<string, () => Promise<AppMaker>>> = {
  'ours, cached': async () => (await import('./ours.ts')).cached,
  'ours, embedded': async () => (await import('./ours.ts')).embedded,
  'cedar-wasm, entities at hand': async () => (await import('./cedar.ts')).cedarGathered,
  'cedar-wasm, gathering': async () => (await import('./cedar.ts')).cedarGathering,
  casbin: async () => (await import('./casbin.ts')).casbin,
  CASL: async () => (await import('./casl.ts')).casl,
}

/** Bytes on the heap and beside it, garbage collected. */
function used(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What has loaded a world and decided its requests, and nothing else that would keep it. */
const holding: { contestant?: AppContestant } = {}

async function load(maker: AppMaker, given: AppCase): Promise<void> {
  const contestant = await maker.make(given)
  verify(contestant, given)
  holding.contestant = contestant
}

/**
 * What memory grew by and what is freed with the contestant, whichever is more: some keep what they were last given, and
 * what else the collector finds meanwhile would hide a part of the growth.
 */
async function weigh(appName: string, size: number, makerName: string) {
  const app = APPS.find(a => a.name === appName)
  const maker = await LOADERS[makerName]?.()
  if (app === undefined || maker === undefined) throw new Error(`there is no ${makerName} of ${appName}`)
  await load(maker, caseOf(app, 5, 16))
  delete holding.contestant
  const given = caseOf(app, size, 256)
  const before = used()
  await load(maker, given)
  const held = used()
  const { rss } = process.memoryUsage()
  delete holding.contestant
  // What a promise was fulfilled with is let go of in a later turn.
  await setImmediate()
  return { heap: held - Math.min(before, used()), wasm: wasmMemory(), rss }
}

const [appName, size, makerName] = process.argv.slice(2)
if (process.send !== undefined) process.send(await weigh(appName ?? '', Number(size), makerName ?? ''))
