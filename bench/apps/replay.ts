import type { AppContestant } from './contestant.ts'
import type { Load } from './load.ts'
import { countingOrg } from './ours.ts'

/** How long a slow contestant is checked, in milliseconds. */
const PATIENCE = 3_000

/** Plays the load and fails at the first wrong answer; then all changes are undone. One that is slow plays a part. */
export async function verifyLoad({ name, decide, write }: AppContestant, load: Load): Promise<void> {
  const { given, steps, allowed, changes } = load
  const until = performance.now() + PATIENCE
  let made = 0
  for (const [i, step] of steps.entries()) {
    if (step < 0) {
      await write(changes[-1 - step] as (typeof changes)[number])
      made += 1
    } else if (decide(step) !== (allowed[i] === 1)) {
      throw new Error(`${name} answers ${allowed[i] !== 1} at step ${i}: ${JSON.stringify(given.requests[step])}`)
    }
    if (i % 64 === 0 && performance.now() > until) break
  }
  await rewind({ name, decide, write }, load, made)
}

/** Back to the first state, from where the first `made` changes have led. */
async function rewind({ write }: AppContestant, { changes, undo, given }: Load, made: number): Promise<void> {
  if (made === changes.length) {
    for (const change of undo) await write(change)
    return
  }
  for (let i = made - 1; i >= 0; i -= 1) {
    const change = changes[i] as (typeof changes)[number]
    if (change.kind === 'set') {
      await write({ ...change, value: given.world.attributes.get(change.resource) ?? '' })
    } else await write({ ...change, kind: change.kind === 'add' ? 'remove' : 'add' })
  }
}

/** How many checks of the load find what they need in the cache, once it has been played before. */
export function hitRate({ given, steps, changes, undo }: Load): number {
  const org = countingOrg(given)
  for (const counts of [false, true]) {
    for (const change of undo) if (counts) org.write(change)
    org.reset()
    for (const step of steps) {
      if (step >= 0) org.decide(step)
      else org.write(changes[-1 - step] as (typeof changes)[number])
    }
  }
  return org.hits()
}
