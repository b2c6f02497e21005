import type { Task } from '../../agents/task.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'

/** What the decision log says of a task's chain in the last ten minutes, since the task began. */
export interface Measured {
  /** Decisions that were a no. */
  readonly denied: number
  readonly lastMinute: number
  /** Whether that is far more than in the minutes before. */
  readonly isRush: boolean
}

const MINUTE = 60_000
const MINUTES = 10
/** Decisions looked through, newest first. */
const LOOKED = 2_000
/** Decisions a minute that are no rush, however few there were before. */
const CALM = 60
const TIMES = 5

export async function measure(
  { store, clock }: Pick<Service, 'store' | 'clock'>,
  state: OrgState,
  task: Task,
): Promise<Measured> {
  const now = clock()
  const from = Math.max(task.createdAt, now - MINUTES * MINUTE)
  const subject = printEntity(task.subject)
  const rows = await store.decisions(state.org.slug, { limit: LOOKED, before: null, effect: null, subject })
  const chain = chainText(task.actors)
  const mine = rows.filter(({ at, record }) => at >= from && chainText(actorsIn(record)) === chain)
  const lastMinute = mine.filter(({ at }) => at > now - MINUTE).length
  const before = mine.length - lastMinute
  const minutes = Math.max(1, (now - MINUTE - from) / MINUTE)
  return {
    denied: mine.filter(({ effect }) => effect === 'deny').length,
    lastMinute,
    isRush: lastMinute > CALM && lastMinute > TIMES * (before / minutes),
  }
}

const actorsIn = (record: object): readonly Entity[] =>
  (record as { readonly request: { readonly actors: readonly Entity[] } }).request.actors

const chainText = (actors: readonly Entity[]): string => actors.map(printEntity).join(' ')
