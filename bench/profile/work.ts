import { setImmediate } from 'node:timers/promises'
import { check } from '../../src/pdp/check.ts'
import type { Request } from '../../src/policy/request.ts'
import type { AppChange } from '../apps/app.ts'
import { DOCUMENTS } from '../apps/documents.ts'
import { loadOf } from '../apps/load.ts'
import { applyTo, orgOf, requestOf } from '../apps/ours.ts'

/** What is done over and over in a process of its own, until it is ended. */
const name = process.argv[2] ?? ''
const share = name === 'mix' ? 0.01 : 0.5
const { given, steps, changes, undo } = loadOf(DOCUMENTS, { size: 2_000, questions: 4_096, steps: 10_000 }, share)
const state = orgOf(given)
const requests = given.requests.map(requestOf)
const decide = (n: number): unknown => check(state, requests[n] as Request)
const write = (change: AppChange): void => applyTo(state, DOCUMENTS.attribute, change)

const WORK: Readonly<Record<string, () => void>> = {
  /** Requests that were all decided before. */
  warm: () => {
    for (let n = 0; n < 4_096; n += 1) decide(n)
  },
  /** Requests that were not, at an empty cache. */
  cold: () => {
    state.cache.clear()
    for (let n = 0; n < 4_096; n += 1) decide(n)
  },
  /** Changes of what the cache holds answers about. */
  write: () => {
    for (const change of changes) write(change)
    for (const change of undo) write(change)
  },
  /** Checks as Zipf has them, one in a hundred steps a change. */
  mix: () => {
    for (const step of steps) {
      if (step >= 0) decide(step)
      else write(changes[-1 - step] as AppChange)
    }
    for (const change of undo) write(change)
  },
}

const work = WORK[name]
if (work === undefined) throw new Error(`there is no work \`${name}\``)
for (const n of requests.keys()) decide(n)
for (let i = 0; i < 8; i += 1) work()
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
for (;;) {
  work()
  await setImmediate()
}
