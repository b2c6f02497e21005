export interface TokensPlan {
  readonly rounds: number
  /** Requests of each way to ask, of one server, before anything counts: V8 compiles for many thousands of them. */
  readonly warm: number
  readonly connections: readonly number[]
  /** Requests of one server in one round. */
  readonly count: (connections: number) => number
  readonly orgs: OrgsPlan
}

export interface OrgsPlan {
  readonly orgs: number
  /** Those that are made through the service, and so were in memory. */
  readonly visited: number
  /** Those that are asked for a token: they get their keys then. */
  readonly asked: number
}

const COUNTS: Readonly<Record<number, number>> = { 1: 2_000, 8: 5_000, 32: 8_000 }

export const TOKENS: TokensPlan = {
  rounds: 5,
  warm: 24_000,
  connections: [1, 8, 32],
  count: connections => COUNTS[connections] ?? 1_000,
  orgs: { orgs: 10_000, visited: 1_200, asked: 200 },
}

export const TOKENS_QUICK: TokensPlan = {
  rounds: 1,
  warm: 500,
  connections: [1, 32],
  count: () => 400,
  orgs: { orgs: 300, visited: 100, asked: 30 },
}
