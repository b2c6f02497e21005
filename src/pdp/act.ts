import { meterText } from '../engine/charges.ts'
import type { Ledger, Reservation, Spending, Spent } from '../facts/ledger.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256, timedId } from '../lib/ids.ts'
import { andThen, type Later } from '../lib/later.ts'
import type { Charge, Standing } from '../policy/charge.ts'
import type { Decision } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'
import type { Checked } from './check.ts'
import { PdpError } from './errors.ts'
import { knowing } from './meters.ts'
import type { OrgState } from './org.ts'

/** `id`: the same acting sent again under it counts once; null where it is never sent again. */
export interface Acting {
  readonly id: string | null
  /** When what is taken is given back, unless it was settled before; null: it is spent at once. */
  readonly until: number | null
}

export interface Acted {
  readonly decision: Decision
  /** What was taken; null where the decision takes nothing. */
  readonly spent: Reservation | null
}

/**
 * Decides, and where it is an allow, takes all its charges or, where one no longer fits, decides again knowing that. Waits for
 * nothing where nothing is to be taken. Fails with `idempotency_conflict`, `overloaded`.
 */
export type Act = (state: OrgState, request: Request, acting: Acting) => Later<Acted>

/** What came of a request, in the org as it was then. */
export interface Judged {
  readonly world: OrgState
  readonly made: Checked
}

export interface Acts {
  readonly ledger: Ledger | null
  readonly clock: Clock
  /** A decision that is neither logged nor counted. */
  judge(state: OrgState, request: Request): Later<Judged>
  finish(state: OrgState, request: Request, now: number, made: Checked, id?: string): Decision
}

/** Each time one more meter is known to be too full: there are no more rules than this that could be the next. */
const MOST_TRIES = 16

export function createAct({ ledger, clock, judge, finish }: Acts): Act {
  return (state, request, acting) => {
    const now = clock()
    return andThen(judge(state, request), ({ world, made }) => {
      const charges = made.verdict.charges ?? NOTHING
      const again = acting.id !== null && made.meters.length > 0
      if (charges.length === 0 && !again) return { decision: finish(world, request, now, made), spent: null }
      if (ledger === null) throw new Error('there are charges, yet nobody counts')
      return spend(ledger, state, request, acting, { world, made }, now)
    })
  }

  async function retried(ledger: Ledger, state: OrgState, request: Request, id: string): Promise<Judged | null> {
    const before = await ledger.reservation(state.org.slug, id)
    const now = clock()
    if (before === null || !isHeld(before, now)) return null
    const known = new Map<string, Standing>()
    const found = await ledger.fetch(state.org.slug, before.charges, now)
    for (const [i, charge] of before.charges.entries()) {
      const { used = 0, reserved = 0 } = found[i] ?? {}
      const held = before.state === 'reserved'
      known.set(meterText(charge), {
        used: Math.max(0, held ? used : used - charge.amount),
        reserved: Math.max(0, held ? reserved - charge.amount : reserved),
      })
    }
    return judge({ ...state, meters: knowing(known, state.meters) }, request)
  }

  function spend(
    ledger: Ledger,
    state: OrgState,
    request: Request,
    acting: Acting,
    first: Judged,
    now: number,
  ): Later<Acted> {
    const known = new Map<string, Standing | undefined>()
    const attempt = ({ world, made }: Judged, tries: number): Later<Acted> => {
      const charges = made.verdict.charges ?? NOTHING
      if (charges.length === 0 || made.verdict.effect !== 'allow') {
        return { decision: finish(world, request, now, made), spent: null }
      }
      const decision = timedId('dec', now)
      const spending = spendingOf(state, request, acting, charges, decision, now)
      return andThen(tried(ledger, state, spending), outcome => {
        switch (outcome.kind) {
          case 'spent':
            return { decision: finish(world, request, now, made, decision), spent: outcome.reservation }
          case 'conflict':
            throw new PdpError('idempotency_conflict', `something else was done under the id \`${acting.id}\` before`)
          case 'over':
            for (const one of outcome.over) known.set(meterText(one.charge), one)
            break
          case 'failed':
            for (const charge of charges) known.set(meterText(charge), undefined)
        }
        if (tries === 0)
          throw new PdpError('overloaded', 'what is left of a budget changed too often; try again shortly')
        const told = { ...state, meters: knowing(known, state.meters) }
        return andThen(judge(told, request), next => attempt(next, tries - 1))
      })
    }
    if (first.made.verdict.effect === 'allow' || acting.id === null) return attempt(first, MOST_TRIES)
    // What was done before under this id may be just what its limits lack now.
    return retried(ledger, state, request, acting.id).then(
      found => attempt(found ?? first, MOST_TRIES),
      () => attempt(first, MOST_TRIES),
    )
  }
}

/** Whether what was taken still counts. */
const isHeld = ({ state, until }: Reservation, now: number): boolean =>
  state === 'committed' || (state === 'reserved' && until !== null && until > now)

const NOTHING: readonly Charge[] = Object.freeze([])

type Outcome = Spent | { readonly kind: 'failed' }

/** Where the ledger cannot say, what it was asked to take is not known to fit. */
function tried(ledger: Ledger, { org }: OrgState, spending: Spending): Later<Outcome> {
  try {
    const spent = ledger.spend(org.slug, spending)
    return spent instanceof Promise ? spent.catch(() => ({ kind: 'failed' as const })) : spent
  } catch {
    return { kind: 'failed' }
  }
}

function spendingOf(
  state: OrgState,
  request: Request,
  { id, until }: Acting,
  charges: readonly Charge[],
  decision: string,
  now: number,
): Spending {
  const { subject, actors, action, resource, task = null } = request
  const chain = [printEntity(subject), ...actors.map(printEntity)]
  const on = resource.id === null ? resource.type : `${resource.type}:${resource.id}`
  const takes = charges.map(({ counter, amount }) => [counter, amount])
  const print = sha256(JSON.stringify([chain, action, on, task, takes]))
  const data = { decision, chain, action, resource: on, task, policy: state.policy.version }
  return { id: id ?? timedId('act', now), fresh: id === null, print, charges, at: now, until, data }
}
