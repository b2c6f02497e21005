import type { Webhook, WebhookConfiguration } from '../../agents/webhook.ts'
import { timedId } from '../../lib/ids.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { amend, type Editor, put } from '../registering.ts'
import type { Service } from '../service.ts'
import { SERVICE } from '../tokens/signing-keys.ts'
import { newSecret } from './secret.ts'

/** Webhooks of one org at the most. */
const MOST = 100
const DEFAULTS: WebhookConfiguration = { maxInFlight: 1, headers: {} }
/** Tries to find a number that nobody else took at the same time. */
const TRIES = 8

export interface WebhookSaid {
  readonly url?: string
  readonly description?: string
  readonly events?: readonly string[]
  readonly isActive?: boolean
  readonly configuration?: Partial<WebhookConfiguration>
}

/** A webhook, with the secret that is shown once. */
export interface MadeWebhook {
  readonly webhook: Webhook
  readonly secret: string
}

/** Fails with `identity_not_found`. */
export function webhookNamed({ registry }: OrgState, id: string): Webhook {
  const found = registry.webhooks.get(id)
  if (found === undefined) throw new PdpError('identity_not_found', `there is no webhook \`${id}\``)
  return found
}

/** `open` makes its outlet, so that what happens from now on is for it. */
export async function createWebhook(
  pdp: Service,
  master: MasterKey | null,
  state: OrgState,
  said: WebhookSaid & { readonly url: string; readonly events: readonly string[] },
  by: string,
  open: (id: string) => Promise<void>,
): Promise<MadeWebhook> {
  if (state.registry.webhooks.size >= MOST) {
    throw new PdpError('status_conflict', `an org has at most ${MOST} webhooks; remove one first`)
  }
  for (let tries = 1; ; tries += 1) {
    const now = pdp.clock()
    // Revisions only grow: a number that was given is never given again.
    const id = String(state.revision + 1)
    const { text, sealed } = newSecret(master, state.org.slug, id, now)
    const webhook: Webhook = {
      kind: 'webhook',
      id,
      description: '',
      isActive: true,
      ...said,
      disabledBecause: null,
      configuration: { ...DEFAULTS, ...said.configuration },
      secrets: [sealed],
      createdAt: now,
      updatedAt: now,
      version: 1,
    }
    await open(id)
    try {
      await pdp.write(state, [put(webhook, by, null)])
      return { webhook, secret: text }
    } catch (error) {
      if (!(error instanceof PdpError && error.code === 'stale_version') || tries === TRIES) throw error
      await pdp.orgs.catchUp(state.org.slug, await pdp.store.revision(state.org.slug))
    }
  }
}

export function updateWebhook(
  pdp: Service,
  state: OrgState,
  id: string,
  said: WebhookSaid,
  editor: Editor,
): Promise<Webhook> {
  return change(pdp, state, id, editor, webhook => ({
    ...webhook,
    ...said,
    disabledBecause: said.isActive === true ? null : webhook.disabledBecause,
    configuration: { ...webhook.configuration, ...said.configuration },
  }))
}

/** A new secret; the one before signs beside it for `overlap` milliseconds, and older ones no more. */
export async function rotateSecret(
  pdp: Service,
  master: MasterKey | null,
  state: OrgState,
  id: string,
  overlap: number,
  editor: Editor,
): Promise<MadeWebhook> {
  const now = pdp.clock()
  const { text, sealed } = newSecret(master, state.org.slug, id, now)
  const webhook = await change(pdp, state, id, editor, before => {
    const [last] = before.secrets
    const old = last !== undefined && overlap > 0 ? [{ ...last, until: now + overlap }] : []
    return { ...before, secrets: [sealed, ...old] }
  })
  return { webhook, secret: text }
}

export async function deleteWebhook(pdp: Service, state: OrgState, id: string, by: string): Promise<void> {
  webhookNamed(state, id)
  await pdp.write(state, [{ kind: 'unregistered', of: 'webhook', id, by }], 'ignore')
}

/** Switches one off that fails: nothing is sent to it until somebody switches it on again. */
export async function switchOff(pdp: Service, org: string, id: string, why: string): Promise<void> {
  const state = await pdp.orgs.getAnyway(org)
  if (state.registry.webhooks.get(id)?.isActive !== true) return
  const webhook = await change(pdp, state, id, { by: SERVICE, ifMatch: null }, before =>
    before.isActive ? { ...before, isActive: false, disabledBecause: why } : before,
  )
  const now = pdp.clock()
  pdp.audit.append(org, () => ({
    id: timedId('log', now),
    at: now,
    kind: 'webhook.disabled',
    actor: SERVICE,
    target: `webhook:${webhook.id}`,
    data: { url: webhook.url, reason: why },
  }))
}

function change(
  pdp: Service,
  state: OrgState,
  id: string,
  editor: Editor,
  to: (webhook: Webhook) => Webhook,
): Promise<Webhook> {
  const read = () => webhookNamed(state, id)
  return amend(pdp, state, read, editor, before => {
    const after = to(before)
    if (after === before) return null
    return { entry: { ...after, version: before.version + 1, updatedAt: pdp.clock() } }
  })
}
