/** How long an org keeps its record. */
export interface AuditSettings {
  readonly kind: 'audit_settings'
  readonly id: 'audit_settings'
  /** Null: for ever. */
  readonly retentionDays: number | null
  readonly version: number
}

export const DEFAULT_AUDIT_SETTINGS: AuditSettings = {
  kind: 'audit_settings',
  id: 'audit_settings',
  retentionDays: 90,
  version: 0,
}
