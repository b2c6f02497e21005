import { setImmediate } from 'node:timers/promises'
import { check } from '../../src/pdp/check.ts'
import type { Request } from '../../src/policy/request.ts'
import { DOCUMENTS } from '../apps/documents.ts'
import { loadOf } from '../apps/load.ts'
import { applyTo, orgOf, requestOf } from '../apps/ours.ts'

/** What is done over and over in a process of its own, until it is ended. */
const load = loadOf(DOCUMENTS, { size: 2_000, questions: 4_096, steps: 10_000 }, 0.5)
const { given, changes, undo } = load
const state = orgOf(given)
const requests = given.requests.map(requestOf)
const decide = (n: number): unknown => check(state, requests[n] as Request)

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
    for (const change of changes) applyTo(state, DOCUMENTS.attribute, change)
    for (const change of undo) applyTo(state, DOCUMENTS.attribute, change)
  },
}

const work = WORK[process.argv[2] ?? '']
if (work === undefined) throw new Error(`there is no work \`${process.argv[2]}\``)
for (const n of requests.keys()) decide(n)
for (let i = 0; i < 8; i += 1) work()
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
for (;;) {
  work()
  await setImmediate()
}
