/** Why a workload's token is refused. For the audit log and admins; a caller learns only that it was. */
export type WorkloadFaultCode =
  | 'malformed'
  | 'header'
  | 'algorithm'
  | 'legacy_token'
  | 'unknown_issuer'
  | 'audience'
  | 'expired'
  | 'not_yet'
  | 'lifetime'
  | 'user_token'
  | 'provider'
  | 'bind'
  | 'rule'
  | 'event'
  | 'unknown_key'
  | 'keys_unavailable'
  | 'signature'
  | 'review'
  | 'sts'
  | 'ambiguous'
  | 'replay'

export interface WorkloadFault {
  readonly kind: 'fault'
  readonly code: WorkloadFaultCode
  /** Private. It never holds the token. */
  readonly detail: string
}

export const fault = (code: WorkloadFaultCode, detail: string): WorkloadFault => ({ kind: 'fault', code, detail })
