import { meterText } from '../engine/charges.ts'
import { taskFactsOf } from '../facts/budgets.ts'
import type { Ledger } from '../facts/ledger.ts'
import type { Registry } from '../facts/registry.ts'
import type { TaskFacts } from '../policy/budget.ts'
import type { Charge, Meter, Standing, Stands } from '../policy/charge.ts'
import type { Json } from '../policy/json.ts'
import type { Fact } from '../policy/question.ts'

/** What an org's meters stand at, as far as this node may rely on it at once. */
export interface OrgMeters {
  stands(charge: Charge, now: number): Standing | undefined
  /** Meters that were asked for and must be fetched; whoever fetches them takes them out. */
  readonly lacking: Meter[]
}

/** More are not fetched for one answer: what asks for them stays unknown. */
const MOST_LACKING = 1_000

export function metersOf(ledger: Pick<Ledger, 'known'>, org: string): OrgMeters {
  const lacking: Meter[] = []
  return {
    lacking,
    stands(charge, now) {
      const standing = ledger.known(org, charge, now)
      if (standing === undefined && lacking.length < MOST_LACKING) lacking.push(charge)
      return standing
    },
  }
}

/** The same, but that some are known already: to be what they are said to be, or, undefined, not to be had. */
export function knowing(known: ReadonlyMap<string, Standing | undefined>, others: OrgMeters | null): OrgMeters {
  const lacking: Meter[] = []
  return {
    lacking,
    stands(charge, now) {
      const text = meterText(charge)
      if (known.has(text)) return known.get(text)
      const before = others?.lacking.length ?? 0
      const standing = others?.stands(charge, now)
      if (others !== null) others.lacking.length = before
      if (standing === undefined) lacking.push(charge)
      return standing
    },
  }
}

/** What was read of meters for one decision: each once, so that all of it is of one state, and can be replayed. */
export interface Reading {
  readonly stands: Stands
  readonly task: (id: string) => TaskFacts | undefined
  readonly facts: readonly Fact[]
}

/** What of an org is asked while a call is settled. */
export interface Counting {
  readonly meters: OrgMeters | null
  readonly registry: Registry
}

const NO_TASK = Object.freeze({ kind: 'absent' } as const)
const NOT_KNOWN = Object.freeze({ kind: 'unavailable', why: 'what the meter stands at is not known' } as const)

export function startReading({ meters, registry }: Counting, now: number): Reading {
  const facts: Fact[] = []
  const known = new Map<string, Standing | undefined>()
  return {
    facts,
    stands(charge) {
      const text = meterText(charge)
      if (known.has(text)) return known.get(text)
      const standing = meters?.stands(charge, now)
      known.set(text, standing)
      const { counter, window } = charge
      const value = standing === undefined ? null : { used: standing.used, reserved: standing.reserved }
      const answer = value === null ? NOT_KNOWN : ({ kind: 'value', value } as const)
      facts.push({ question: { kind: 'meter', counter, window }, answer })
      return standing
    },
    task(id) {
      const found = taskFactsOf(registry, id, now)
      const value = found === undefined ? null : (found as unknown as Json)
      const answer = value === null ? NO_TASK : ({ kind: 'value', value } as const)
      if (!facts.some(({ question }) => question.kind === 'task'))
        facts.push({ question: { kind: 'task', id }, answer })
      return found
    },
  }
}

/** What recorded meters stood at then; undefined for others, and for those that were not known. */
export function recordedStands(facts: readonly Fact[]): Stands {
  const known = new Map<string, Standing>()
  for (const { question, answer } of facts) {
    if (question.kind !== 'meter' || answer.kind !== 'value') continue
    known.set(meterText(question), answer.value as unknown as Standing)
  }
  return charge => known.get(meterText(charge))
}

/** What was recorded of the task; undefined where nothing was. */
export function recordedTask(facts: readonly Fact[]): (id: string) => TaskFacts | undefined {
  return id => {
    const found = facts.find(({ question }) => question.kind === 'task' && question.id === id)
    return found?.answer.kind === 'value' ? (found.answer.value as unknown as TaskFacts) : undefined
  }
}
