/** A row as the driver read it: bigint columns are numbers, json columns are parsed. */
export type Row = Readonly<Record<string, unknown>>

export type Param = string | number | boolean | Uint8Array | null

export interface Queryable {
  /** Runs one statement. Parameters are `$1`, `$2`, …; JSON goes in as text, `bytea` as bytes. */
  query<R extends Row>(sql: string, params?: readonly Param[]): Promise<readonly R[]>
  /** Runs a script of any number of statements, without parameters. */
  exec(script: string): Promise<void>
}

/** A PostgreSQL database, embedded or served. Failures are those of `failure.ts`, never the driver's own. */
export interface Database extends Queryable {
  /** Commits what `work` did when it resolves, rolls it back when it rejects. Transactions do not nest. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The role the service works as; the migrations create it with only the grants it needs. */
export const SERVICE_ROLE = 'lumoauth_service'
