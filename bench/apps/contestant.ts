import type { Contestant } from '../contestant.ts'
import type { AppCase, AppChange } from './app.ts'

/** A contestant that can also be told of changes; a promise it gives is waited for. */
export interface AppContestant extends Contestant {
  readonly write: (change: AppChange) => unknown
}

/** Makes one contestant of a case, with nothing shared, so that what it holds can be weighed. */
export interface AppMaker {
  readonly name: string
  readonly make: (given: AppCase) => Promise<AppContestant>
}
