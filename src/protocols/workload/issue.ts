import type { Agent } from '../../agents/agent.ts'
import type { Workload } from '../../agents/workload.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { JsonObject } from '../../policy/json.ts'

/** A token for an agent that has proved who it is. */
export interface Wanted {
  readonly agent: Agent
  /** Null: none were asked for. */
  readonly scopes: readonly string[] | null
  /** Of `audience` and `resource` alike. */
  readonly audience: readonly string[]
  /** What the rules are told beside the address: `workloadContext` of the workload. */
  readonly context: JsonObject
  /** The token ends then at the latest, in milliseconds since the epoch. */
  readonly notAfter: number
  readonly ip: string
  readonly workload: Workload
}

export type Issued =
  | {
      readonly kind: 'issued'
      readonly accessToken: string
      readonly tokenType: string
      readonly expiresIn: number
      readonly scope: string
    }
  /** The rules say no; the message names them. */
  | { readonly kind: 'denied'; readonly message: string; readonly detail: JsonObject }

/** Asks the engine for every scope and audience, and signs what it grants. */
export type IssueToWorkload = (state: OrgState, wanted: Wanted) => Promise<Issued>
