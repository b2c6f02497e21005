import type { ChainedEvent } from '../../facts/audit.ts'
import { auditKind, type Category, type Severity } from '../../facts/audit-kinds.ts'

/** Classes of the Open Cybersecurity Schema Framework, 1.3, that events are told as. */
interface OcsfClass {
  readonly category_uid: number
  readonly category_name: string
  readonly class_uid: number
  readonly class_name: string
}

const IAM = { category_uid: 3, category_name: 'Identity & Access Management' } as const
const APPLICATION = { category_uid: 6, category_name: 'Application Activity' } as const

const ACCOUNT_CHANGE = { ...IAM, class_uid: 3001, class_name: 'Account Change' } as const
const AUTHENTICATION = { ...IAM, class_uid: 3002, class_name: 'Authentication' } as const
const AUTHORIZE_SESSION = { ...IAM, class_uid: 3003, class_name: 'Authorize Session' } as const
const ENTITY_MANAGEMENT = { ...IAM, class_uid: 3004, class_name: 'Entity Management' } as const
const API_ACTIVITY = { ...APPLICATION, class_uid: 6003, class_name: 'API Activity' } as const

const CLASS: Readonly<Record<Category, OcsfClass>> = {
  authentication: AUTHENTICATION,
  authorization: API_ACTIVITY,
  user_management: ACCOUNT_CHANGE,
  token_management: AUTHORIZE_SESSION,
  configuration: ENTITY_MANAGEMENT,
}

const SEVERITY: Readonly<Record<Severity, readonly [id: number, name: string]>> = {
  info: [1, 'Informational'],
  notice: [2, 'Low'],
  warning: [3, 'Medium'],
  critical: [5, 'Critical'],
}

const OTHER = 99

/** What was done, in the numbers of the class. What a class has no number for is 99, with its name. */
const ACTIVITY: Readonly<Record<number, Readonly<Record<string, readonly [id: number, name: string]>>>> = {
  [ACCOUNT_CHANGE.class_uid]: { created: [1, 'Create'], deleted: [6, 'Delete'], revoked: [5, 'Disable'] },
  [AUTHENTICATION.class_uid]: {
    authenticated: [1, 'Logon'],
    authentication_failed: [1, 'Logon'],
    accepted: [1, 'Logon'],
    refused: [1, 'Logon'],
  },
  [AUTHORIZE_SESSION.class_uid]: { issued: [1, 'Assign Privileges'], refused: [1, 'Assign Privileges'] },
  [ENTITY_MANAGEMENT.class_uid]: {
    created: [1, 'Create'],
    updated: [3, 'Update'],
    written: [3, 'Update'],
    published: [3, 'Update'],
    deleted: [4, 'Delete'],
    removed: [4, 'Delete'],
  },
  [API_ACTIVITY.class_uid]: {
    created: [1, 'Create'],
    granted: [1, 'Create'],
    requested: [1, 'Create'],
    issued: [1, 'Create'],
    written: [3, 'Update'],
    updated: [3, 'Update'],
    deleted: [4, 'Delete'],
    revoked: [4, 'Delete'],
  },
}

const parted = (name: string): { readonly type: string; readonly uid: string } => {
  const colon = name.indexOf(':')
  return colon < 0 ? { type: name, uid: name } : { type: name.slice(0, colon), uid: name.slice(colon + 1) }
}

/** An event in OCSF. `unmapped` holds what the class has no member for, and what proves it. */
export function ocsf(org: string, event: ChainedEvent): object {
  const { seq, id, at, kind, actor, target, subject, chain, task, decision, trace, ip, data, link } = event
  const { category, severity, says } = auditKind(kind)
  const of = CLASS[category]
  const what = kind.slice(kind.indexOf('.') + 1)
  const [activityId, activity] = ACTIVITY[of.class_uid]?.[what] ?? [OTHER, what]
  const [severityId, severityName] = SEVERITY[severity]
  const failed = event.outcome === 'failure' || event.outcome === 'denied'
  const pending = event.outcome === 'pending'
  const [who, whom] = [parted(actor), parted(target)]
  const session = subject === undefined || subject === actor ? {} : { session: { issuer: subject } }
  return {
    ...of,
    activity_id: activityId,
    activity_name: activity,
    type_uid: of.class_uid * 100 + activityId,
    type_name: `${of.class_name}: ${activity}`,
    time: at,
    severity_id: severityId,
    severity: severityName,
    status_id: failed ? 2 : pending ? OTHER : 1,
    status: failed ? 'Failure' : pending ? 'Pending' : 'Success',
    message: `${actor} ${says} ${target}`,
    metadata: {
      version: '1.3.0',
      uid: id,
      sequence: seq,
      tenant_uid: org,
      event_code: kind,
      logged_time: at,
      product: { name: 'LumoAuth', vendor_name: 'LumoAuth' },
      ...(trace != null && { correlation_uid: trace }),
    },
    actor: { user: { uid: who.uid, type: who.type, name: actor }, ...session },
    ...(of === ACCOUNT_CHANGE || of === AUTHENTICATION || of === AUTHORIZE_SESSION
      ? { user: { uid: whom.uid, type: whom.type, name: target } }
      : {}),
    ...(of === ENTITY_MANAGEMENT ? { entity: { uid: whom.uid, type: whom.type, name: target } } : {}),
    ...(of === API_ACTIVITY
      ? {
          api: { operation: kind, service: { name: 'LumoAuth' } },
          resources: [{ uid: whom.uid, type: whom.type, name: target }],
        }
      : {}),
    ...(of === AUTHENTICATION ? { service: { name: 'LumoAuth' } } : {}),
    src_endpoint: ip == null ? { name: 'unknown' } : { ip },
    unmapped: {
      subject: subject ?? actor,
      actor_chain: chain ?? [],
      task_id: task ?? null,
      decision_id: decision ?? null,
      data,
      hash: link.hash,
      prev_hash: link.prevHash,
    },
  }
}
