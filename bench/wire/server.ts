import type { ChildProcess } from 'node:child_process'
import type { StoredTuple } from '../../src/facts/store.ts'
import type { Asked } from './asked.ts'

/** A server that holds the world and waits for questions: how they are put, and what an allow looks like. */
export interface Server {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  /** HTTP without. */
  readonly protocol?: 'grpc'
  readonly single: Door<Asked>
  /** Questions of one user. */
  readonly batch: Door<readonly Asked[]>
  /** Null where it stores no relations. */
  readonly write: Writing | null
  /** Whether it is asked what it was never asked: not what only repeats answers, nor a second way to ask the same process. */
  readonly isAskedCold: boolean
  /** Rows of the decision log that are not written yet; null where none is written. */
  readonly owed: (() => Promise<number>) | null
  /** Nanoseconds that the tuples took; null where none are stored, or by what is not a write over HTTP. */
  readonly load: number | null
}

export interface Door<T> {
  readonly path: string
  /** Once in an answer for each allow, a byte a character. */
  readonly sign: string
  readonly body: (asked: T) => string
}

export interface Writing {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Bodies that write a relation, and delete it. */
  readonly pair: (tuple: StoredTuple) => readonly [string, string]
}

/** Hears of each process at once, so that it is ended whatever happens. */
export type Keep = (child: ChildProcess) => void
