import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Change, Store, StoredTuple } from '../../src/facts/store.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import type { Service } from '../../src/pdp/service.ts'
import type { Consistency } from '../../src/policy/consistency.ts'
import { chanceOf } from './chance.ts'
import type { Answer } from './oracle.ts'
import { requestOf } from './requests.ts'
import { POLICIES, type Size } from './scene.ts'
import { type Mix, writeFor } from './writes.ts'

export interface Part {
  readonly org: string
  readonly size: Size
  readonly seed: number
  /** Which of the nodes this is, of how many. */
  readonly node: number
  readonly nodes: number
  /** Writes for each check. */
  readonly writes: number
  readonly mix: Mix
}

/** One node's part in a run: whoever asks it and writes through it, everything at once. */
export interface Player {
  /** The store as this node sees it: while it waits for it, others ask. */
  readonly store: Store
  /** The node to ask from here on; one that was asked before has ended, as a process does. */
  join(service: Service): void
  /** A revision that some node acknowledged. */
  heard(revision: number): void
  /** So many checks more, with the writes that go with them; resolves once all are answered. */
  play(checks: number): Promise<void>
  /** What was answered since it was last asked. */
  taken(): readonly Answer[]
  readonly written: number
  /** What was not answered, as the database had not for too long. */
  readonly refused: number
  /** The newest revision this node acknowledged. */
  readonly acknowledged: number
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)

/** Writes of one node that are under way at once. */
const AT_ONCE = 4

export function createPlayer(part: Part, real: Store, told: (revision: number) => void = () => undefined): Player {
  const { org, size, node, nodes } = part
  const c = chanceOf(Math.imul(part.seed, 7_919) + node)
  let service: Service | null = null
  let answers: Answer[] = []
  let asked = 0
  let wanted = 0
  let written = 0
  let acknowledged = 0
  let begun = 0
  let writing = 0
  /** The newest revision an answer of this node was from: nothing it is asked later may be older. */
  let newest = 0
  /** Acknowledged by whichever node. */
  const tokens = [0]
  const known: StoredTuple[] = []
  let last = 0
  let failure: unknown = null
  let refused = 0
  const open = new Set<Promise<unknown>>()

  /** A node that has not been able to look at the database for too long says so, and answers nothing. */
  const fail = (error: unknown): void => {
    if (codeOf(error) === 'unavailable') refused += 1
    else failure ??= error
  }
  const running = (work: Promise<unknown>): void => {
    const one = work.catch(fail).finally(() => open.delete(one))
    open.add(one)
  }
  const heard = (revision: number): void => {
    tokens.push(revision)
    if (revision > last) last = revision
  }

  const answer = (on: Service, state: OrgState, n: number, least: number): void | Promise<void> => {
    const note = ({
      revision,
      policyVersion,
      effect,
      reasons,
      obligations,
      missing,
      validUntil,
      ...more
    }: Awaited<ReturnType<Service['decide']>>): void => {
      const { charges, over } = more
      const extra = { ...(charges !== undefined && { charges }), ...(over !== undefined && { over }) }
      const verdict = { effect, reasons, obligations, missing, validUntil, ...extra }
      answers.push({ n, node, revision, policyVersion, least, verdict })
      if (on === service) newest = Math.max(newest, revision)
    }
    const made = on.decide(state, requestOf(part.seed, n, org, size))
    return made instanceof Promise ? made.then(note) : note(made)
  }

  const asHow = (): readonly [Consistency, number] => {
    const roll = c.below(100)
    if (roll < 88) return [{ kind: 'minimize_latency' }, 0]
    const token = roll < 92 ? last : (tokens[c.below(tokens.length)] ?? 0)
    if (roll < 96) return [{ kind: 'at_least_as_fresh', revision: token }, token]
    return [{ kind: 'higher_consistency' }, last]
  }

  /** One question, the way a request over HTTP goes: the org, how fresh it must be, the decision. */
  const ask = (): void => {
    const on = service
    if (on === null || asked >= wanted) return
    const n = asked * nodes + node
    asked += 1
    const [consistency, token] = asHow()
    const least = Math.max(newest, acknowledged, token)
    let state: OrgState | Promise<OrgState>
    try {
      state = on.open(org)
    } catch (error) {
      fail(error)
      return
    }
    if (!(state instanceof Promise) && consistency.kind === 'minimize_latency') {
      const made = answer(on, state, n, least)
      if (made instanceof Promise) running(made)
      return
    }
    running(
      (async () => {
        const entered = await state
        entered.held += 1
        try {
          await answer(on, await on.freshen(entered, consistency), n, least)
        } finally {
          entered.held -= 1
        }
      })(),
    )
  }
  const burst = (most: number): void => {
    for (let k = c.below(most + 1); k > 0; k -= 1) ask()
  }
  /** Whoever waits for the store lets others ask meanwhile. */
  const between = async (): Promise<void> => {
    burst(6)
    for (let turns = c.below(3); turns > 0; turns -= 1) {
      await nextTurn()
      burst(3)
    }
  }

  const publication = async (on: Service, text: number): Promise<Change> => {
    const version = ((await on.store.versions(org, null, 1))[0]?.version ?? 0) + 1
    return { kind: 'policy', version, text: POLICIES[text] ?? '', author: 'a', note: '' }
  }
  const write = async (): Promise<void> => {
    const on = service
    if (on === null) return
    begun += 1
    writing += 1
    const made = writeFor(c, size, `${node}x${part.seed}x${begun}`, part.mix, known)
    try {
      const change = made.kind === 'change' ? made.change : await publication(on, made.text)
      const revision = await on.write(await on.orgs.get(org), [change], 'ignore')
      written += 1
      acknowledged = Math.max(acknowledged, revision)
      heard(revision)
      told(revision)
    } catch (error) {
      // Two who publish at once: one of them is told.
      if (codeOf(error) !== 'policy_conflict') throw error
    } finally {
      writing -= 1
    }
  }

  const wrapped =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await between()
      const found = await call(...args)
      await between()
      return found
    }

  return {
    store: {
      ...real,
      versions: wrapped(real.versions),
      write: wrapped(real.write),
      changes: wrapped(real.changes),
      revision: wrapped(real.revision),
      changedSince: wrapped(real.changedSince),
    },
    join(next) {
      service = next
      newest = 0
    },
    heard,
    async play(checks) {
      wanted = asked + checks
      const from = { asked, begun }
      while (asked < wanted && failure === null) {
        const due = (asked - from.asked) * part.writes - (begun - from.begun)
        if (writing === 0) burst(30)
        if (due >= 1) for (let some = 1 + c.zipf(AT_ONCE); some > 0 && writing < AT_ONCE; some -= 1) running(write())
        // Whoever waits for the store lets others ask; beside them it is left to its work.
        if (writing === 0) await nextTurn()
        else await sleep(1)
      }
      while (open.size > 0) await Promise.all(open)
      if (failure !== null) throw failure
    },
    taken() {
      const some = answers
      answers = []
      return some
    },
    get written() {
      return written
    },
    get refused() {
      return refused
    },
    get acknowledged() {
      return acknowledged
    },
  }
}
