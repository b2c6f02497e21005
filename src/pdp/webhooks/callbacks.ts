import type { Approval } from '../../agents/approval.ts'
import { timedId } from '../../lib/ids.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import type { Channel, Delivery, DeliveryStore, Outcome } from '../delivery/port.ts'
import { BY_DEFAULT, type Schedule } from '../delivery/schedule.ts'
import { PdpError } from '../errors.ts'
import { SERVICE } from '../tokens/signing-keys.ts'
import { auditSource, stateOf, type WebhookPorts } from './channel.ts'
import { type Audited, isToldAgain, payloadOf } from './payload.ts'
import { post } from './post.ts'
import { secretText, signed } from './secret.ts'

const CALLBACK = 'callback'
const OUTLET = `${CALLBACK}:jit`
/** Events looked back at where an org's first callback was asked for: it may have been answered meanwhile. */
const BACK = 200

/** What ends a request, and what that is published as. */
const ENDS: Readonly<Record<string, string>> = {
  'approval.approved': 'jit.approved',
  'approval.denied': 'jit.denied',
  'approval.expired': 'jit.expired',
  'approval.cancelled': 'jit.cancelled',
}

/** Receivers have nothing to do with each other: one that fails holds up none. */
const SCHEDULE: Schedule = { ...BY_DEFAULT, window: 500, inFlight: 32, restAfter: Number.MAX_SAFE_INTEGER }

const secretOf = (master: MasterKey, org: string, agent: string): Buffer => master.derive(`callback ${org} ${agent}`)

/** What callbacks of an agent are signed with. Fails with `signing_off` where there is no master key. */
export function callbackSecret(master: MasterKey | null, org: string, agent: string): string {
  if (master === null) {
    throw new PdpError(
      'signing_off',
      'callbacks are signed with a secret under a master key: set LUMOAUTH_MASTER_KEY',
      {
        setting: 'LUMOAUTH_MASTER_KEY',
      },
    )
  }
  return secretText(secretOf(master, org, agent))
}

const urlIn = ({ meta }: Approval): string | null => (typeof meta.callback_url === 'string' ? meta.callback_url : null)

/** Tells whoever asked, where they said to, what became of their request: signed and sent as webhooks are. */
export function callbackChannel(ports: WebhookPorts): Channel<Audited> {
  const { service, auditSince, waits } = ports
  return {
    kind: CALLBACK,
    source: auditSource(auditSince),
    async target(org) {
      const { registry } = await stateOf(service, org)
      const of = (id: string): Approval | null => {
        const approval = registry.approvals.get(id)
        return approval === undefined || urlIn(approval) === null ? null : approval
      }
      return {
        on: true,
        schedule: { ...SCHEDULE, waits },
        parcel(event) {
          const type = ENDS[event.kind]
          if (type === undefined || isToldAgain(event) || of(requestIn(event.target)) === null) return null
          return payloadOf(org, event, type)
        },
        send: delivery => send(ports, org, of(requestOf(delivery)), delivery),
        async gaveUp(delivery) {
          const at = service.clock()
          const request = requestOf(delivery)
          const error = delivery.tried.at(-1)?.error ?? null
          service.audit.append(org, () => ({
            id: timedId('log', at),
            at,
            kind: 'webhook.callback_failed',
            actor: SERVICE,
            target: `approval:${request}`,
            data: { event: delivery.event, type: delivery.type, error },
          }))
        },
      }
    },
  }
}

const requestOf = ({ body }: Delivery): string =>
  requestIn((JSON.parse(body) as { readonly data: { readonly target: string } }).data.target)

/** `approval:jit_…`, or the id alone. */
const requestIn = (target: string): string => target.slice(target.indexOf(':') + 1)

async function send(
  { service, masterKey, fetch }: WebhookPorts,
  org: string,
  approval: Approval | null,
  { event, type, body }: Delivery,
): Promise<Outcome> {
  const url = approval === null ? null : urlIn(approval)
  if (approval === null || url === null) {
    return { kind: 'failed', status: null, error: 'the request is no longer known', final: true }
  }
  if (masterKey === null) return { kind: 'failed', status: null, error: 'there is no master key to sign with' }
  const secret = secretOf(masterKey, org, approval.agent)
  const headers = { 'x-lumoauth-event': type, ...signed([secret], event, service.clock(), body) }
  return post(fetch, { url, headers, body })
}

/** Opens the outlet of an org's callbacks once one is asked for. */
export function openWhereAsked(
  { service, failed }: { readonly service: WebhookPorts['service']; readonly failed: (error: unknown) => void },
  deliveries: Pick<DeliveryStore, 'openOutlet'>,
  head: (org: string) => Promise<number>,
  look: () => void,
): void {
  const opened = new Set<string>()
  service.orgs.onChange((org, { change }) => {
    if (change.kind !== 'registered' || change.entry.kind !== 'approval') return
    if (urlIn(change.entry) === null || opened.has(org)) return
    opened.add(org)
    head(org)
      .then(at => deliveries.openOutlet(org, OUTLET, Math.max(0, at - BACK)))
      .then(look)
      .catch((error: unknown) => {
        opened.delete(org)
        failed(error)
      })
  })
}
