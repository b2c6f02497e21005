export const CATEGORIES = [
  'authentication',
  'authorization',
  'user_management',
  'token_management',
  'configuration',
] as const
export type Category = (typeof CATEGORIES)[number]

export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A checkpoint of the chain was signed; the beginning of the chain was removed. */
export const CHECKPOINT = 'audit.checkpoint'
export const REMOVED = 'audit.removed'

export interface AuditKind {
  readonly kind: string
  readonly category: Category
  readonly severity: Severity
  /** What happened, with the actor before it and the target behind it. */
  readonly says: string
}

const of =
  (category: Category) =>
  (kind: string, says: string, severity: Severity = 'info'): AuditKind => ({ kind, category, severity, says })

const authentication = of('authentication')
const authorization = of('authorization')
const people = of('user_management')
const tokens = of('token_management')
const configuration = of('configuration')

/** Every kind of event there is. A name, once given, stays: rules of others and their webhooks go by it. */
export const AUDIT_KINDS: readonly AuditKind[] = [
  authentication('agent.authenticated', 'proved to be'),
  authentication('agent.authentication_failed', 'did not prove to be', 'warning'),
  authentication('identity_assertion.accepted', 'was taken by the word of a provider for'),
  authentication('identity_assertion.refused', 'was not taken by the word of a provider for', 'warning'),
  authentication('mcp.connection', 'connected to'),

  authorization('decisions.logged', 'logged decisions as'),
  authorization('decisions.adopted', 'took over'),
  authorization('decisions.erased', 'erased personal data from', 'notice'),
  authorization('agent.action', 'acted on'),
  authorization('agent.asked', 'asked about'),
  authorization('consent.granted', 'recorded a consent to'),
  authorization('consent.revoked', 'took back a consent to', 'notice'),
  authorization('relations.written', 'wrote relations of'),
  authorization('attributes.written', 'wrote attributes of'),
  authorization('task.created', 'began'),
  authorization('task.updated', 'changed'),
  authorization('task.completed', 'ended, done,'),
  authorization('task.failed', 'ended, failed,', 'notice'),
  authorization('task.cancelled', 'cancelled', 'notice'),
  authorization('task.suspended', 'suspended', 'warning'),
  authorization('task.resumed', 'resumed', 'notice'),
  authorization('task.expired', 'let run out'),
  authorization('task.deleted', 'forgot'),
  authorization('approval.requested', 'asked for approval by'),
  authorization('approval.answered', 'answered'),
  authorization('approval.approved', 'approved', 'notice'),
  authorization('approval.denied', 'denied', 'notice'),
  authorization('approval.expired', 'let run out'),
  authorization('approval.cancelled', 'cancelled'),
  authorization('approval.consumed', 'used up'),
  authorization('approval.emergency', 'took in an emergency', 'critical'),
  authorization('approval.reviewed', 'looked afterwards at', 'notice'),
  authorization('approval.escalated', 'asked others as well for', 'notice'),
  authorization('approval.repeated', 'asked again for'),
  authorization('approval.updated', 'changed'),
  authorization('approval.deleted', 'forgot'),
  authorization('grant.created', 'granted'),
  authorization('grant.updated', 'changed'),
  authorization('grant.revoked', 'revoked', 'notice'),
  authorization('grant.deleted', 'forgot'),
  authorization('security.signal', 'was told of a risk in', 'warning'),
  authorization('security.reviewed', 'reviewed the risk in', 'notice'),
  authorization('signal.deleted', 'forgot the risk in'),
  authorization('capability.issued', 'issued'),
  authorization('capability.attenuated', 'narrowed'),
  authorization('capability.used', 'used'),
  authorization('capability.refused', 'was refused', 'warning'),
  authorization('capability.revoked', 'revoked', 'notice'),
  authorization('budget.created', 'set'),
  authorization('budget.updated', 'changed'),
  authorization('budget.deleted', 'removed', 'notice'),
  authorization('budget.spent', 'spent of'),
  authorization('budget.reserved', 'reserved of'),
  authorization('budget.committed', 'settled on'),
  authorization('budget.released', 'gave back to'),
  authorization('budget.exhausted', 'met the end of', 'warning'),
  authorization('budget.refunded', 'refunded', 'notice'),
  authorization('budget.reset', 'reset', 'notice'),

  people('user.created', 'registered'),
  people('user.updated', 'changed'),
  people('user.deleted', 'deleted', 'notice'),
  people('agent.created', 'registered'),
  people('agent.updated', 'changed'),
  people('agent.revoked', 'revoked', 'warning'),
  people('agent.deleted', 'deleted', 'notice'),
  people('app.created', 'registered'),
  people('app.updated', 'changed'),
  people('app.deleted', 'deleted', 'notice'),
  people('security.signal', 'said how much risk there is of', 'warning'),
  people('security.reviewed', 'looked at', 'notice'),
  people('security.received', 'was heard by', 'notice'),
  people('security.ignored', 'was heard, and not about anybody here, by'),
  people('signal.deleted', 'forgot what was heard as', 'notice'),
  people('gdpr.erased', 'erased personal data of', 'notice'),

  tokens('token.issued', 'was issued'),
  tokens('token.refused', 'was refused', 'notice'),
  tokens('token.revoked', 'revoked', 'notice'),
  tokens('credential.created', 'gave a credential to'),
  tokens('credential.updated', 'changed a credential of'),
  tokens('credential.retired', 'retired a credential of', 'notice'),
  tokens('credential.deleted', 'removed', 'notice'),
  tokens('key.created', 'made'),
  tokens('key.updated', 'changed'),
  tokens('key.revoked', 'revoked', 'notice'),
  tokens('signing_key.rotated', 'made'),
  tokens('signing_key.updated', 'changed'),
  tokens('signing_key.retired', 'retired', 'notice'),
  tokens('signing_key.deleted', 'removed', 'notice'),

  configuration('org.created', 'made'),
  configuration('config.updated', 'changed the settings of', 'notice'),
  configuration('policy.published', 'published', 'notice'),
  configuration('model.written', 'wrote', 'notice'),
  configuration('store.created', 'made'),
  configuration('store.deleted', 'deleted', 'notice'),
  configuration('relations.moved', 'moved the relations of', 'notice'),
  configuration('mcp_server.created', 'registered'),
  configuration('mcp_server.updated', 'changed'),
  configuration('mcp_server.deleted', 'deleted', 'notice'),
  configuration('blueprint.created', 'made'),
  configuration('blueprint.updated', 'changed'),
  configuration('blueprint.deleted', 'deleted'),
  configuration('webhook.created', 'made'),
  configuration('webhook.updated', 'changed'),
  configuration('webhook.deleted', 'deleted', 'notice'),
  configuration('webhook.callback_failed', 'could not be told what became of', 'warning'),
  configuration('webhook.disabled', 'gave up', 'warning'),
  configuration('transmitter.created', 'believes'),
  configuration('transmitter.updated', 'changed', 'notice'),
  configuration('transmitter.deleted', 'believes no more', 'notice'),
  configuration('stream.created', 'made'),
  configuration('stream.updated', 'changed'),
  configuration('stream.deleted', 'deleted', 'notice'),
  configuration('transmitter.created', 'trusted'),
  configuration('transmitter.updated', 'changed', 'notice'),
  configuration('transmitter.deleted', 'trusts no more', 'notice'),
  configuration('siem_sink.created', 'made'),
  configuration('siem_sink.updated', 'changed', 'notice'),
  configuration('siem_sink.deleted', 'deleted', 'warning'),
  configuration('audit.exported', 'exported', 'notice'),
  configuration(CHECKPOINT, 'signed'),
  configuration(REMOVED, 'removed the beginning of', 'warning'),
]

const BY_NAME: ReadonlyMap<string, AuditKind> = new Map(AUDIT_KINDS.map(one => [one.kind, one]))

/** A kind nobody named is one of settings that came to be, changed or went. */
export const auditKind = (kind: string): AuditKind =>
  BY_NAME.get(kind) ?? configuration(kind, kind.slice(kind.indexOf('.') + 1).replaceAll('_', ' '))

export const kindsIn = (category: Category): readonly string[] =>
  AUDIT_KINDS.filter(one => one.category === category).map(({ kind }) => kind)
