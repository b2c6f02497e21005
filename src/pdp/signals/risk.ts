import type { Risk } from '../../agents/approval.ts'
import { isQuiet, lapsed, quiet, type Raised, raised, reviewed, type Signal } from '../../agents/signal.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import { isRisky } from '../../policy/unsaid.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { type Editor, isThere, put } from '../registering.ts'
import type { Service } from '../service.ts'
import { SERVICE } from '../tokens/signing-keys.ts'

/** Signals of one org at the most. */
const MOST = 20_000
const TRIES = 8

type Pdp = Pick<Service, 'write' | 'clock' | 'orgs' | 'store'>

/** Whom a signal may be of: agents, services and tasks the org knows, and any user. Fails with `identity_not_found`. */
export function riskyNamed({ registry }: OrgState, type: string, id: string): Entity {
  if (!isRisky(type)) throw new PdpError('invalid_request', '`type`: expected `agent`, `user`, `service` or `task`')
  if (type === 'user') {
    const user = registry.users.get(id)
    if (user !== undefined && !isThere(user)) throw new PdpError('identity_not_found', `there is no user \`${id}\``)
    return { type, id }
  }
  if (type === 'task') {
    if (!registry.tasks.has(id)) throw new PdpError('identity_not_found', `there is no task \`${id}\``)
    return { type, id }
  }
  const found =
    type === 'agent'
      ? (registry.agents.get(id) ?? registry.agentBySlug(id))
      : (registry.services.get(id) ?? registry.serviceBySlug(id))
  if (!isThere(found)) throw new PdpError('identity_not_found', `there is no ${type} \`${id}\``)
  return { type, id: found.slug }
}

/** What has been heard of an entity. */
export const signalOf = ({ registry }: OrgState, of: Entity, now: number): Signal =>
  registry.signals.get(printEntity(of)) ?? quiet(of, now)

/**
 * Changes what is known of an entity, by what it is now; tried again where somebody else was faster. `by` is who wrote it
 * down. Decisions from here on know of it.
 */
export async function change(
  pdp: Pdp,
  state: OrgState,
  of: Entity,
  editor: Editor,
  to: (signal: Signal, now: number) => Signal,
): Promise<Signal> {
  for (let tries = 1; ; tries += 1) {
    const now = pdp.clock()
    const before = signalOf(state, of, now)
    const isNew = before.version === 0
    if (editor.ifMatch !== null && editor.ifMatch !== `"${before.version}"`) {
      throw new PdpError('stale_version', `\`${before.id}\` is at version ${before.version}; read it again`)
    }
    const after = to(before, now)
    if (after === before) return before
    if (isNew && state.registry.signals.size >= MOST) {
      throw new PdpError('status_conflict', `an org has at most ${MOST} signals; review or delete some`)
    }
    try {
      await pdp.write(state, [put(after, editor.by, isNew ? null : before.version)])
      return after
    } catch (error) {
      if (!(error instanceof PdpError && error.code === 'stale_version') || tries === TRIES) throw error
      await pdp.orgs.catchUp(state.org.slug, await pdp.store.revision(state.org.slug))
    }
  }
}

export const raise = (pdp: Pdp, state: OrgState, of: Entity, to: Raised, editor: Editor): Promise<Signal> => {
  if (to.until !== null && to.until <= pdp.clock()) {
    throw new PdpError('invalid_request', '`until` must be in the future')
  }
  return change(pdp, state, of, editor, (signal, now) => raised(signal, to, now))
}

/** Somebody looked at it. Fails with `identity_not_found` where nothing was heard. */
export function review(
  pdp: Pdp,
  state: OrgState,
  of: Entity,
  said: { readonly level: Risk; readonly notes: string | null },
  editor: Editor,
): Promise<Signal> {
  if (!state.registry.signals.has(printEntity(of))) throw nothing(of)
  return change(pdp, state, of, editor, (signal, now) => reviewed(signal, said.level, editor.by, said.notes, now))
}

export async function forget(pdp: Pdp, state: OrgState, of: Entity, by: string): Promise<void> {
  const id = printEntity(of)
  if (!state.registry.signals.has(id)) throw nothing(of)
  await pdp.write(state, [{ kind: 'unregistered', of: 'signal', id, by }], 'ignore')
}

const nothing = (of: Entity): PdpError =>
  new PdpError('identity_not_found', `nothing was heard of \`${printEntity(of)}\``)

/** How long a signal is kept that says no more than its absence would. */
const KEPT = 30 * 24 * 3_600_000

/**
 * Ends what is over in the orgs in memory: until then it counts, so that no answer that is kept becomes wrong by time alone.
 * Of several nodes one does it.
 */
export async function tidy(pdp: Pdp & { readonly orgs: Service['orgs'] }): Promise<void> {
  const now = pdp.clock()
  for (const state of [...pdp.orgs.loaded()]) {
    for (const signal of [...state.registry.signals.values()]) {
      const { id, of, until, updatedAt } = signal
      const over = until !== null && until <= now
      if (!over && !(isQuiet(signal) && updatedAt + KEPT < now)) continue
      state.held += 1
      try {
        if (over) {
          await change(pdp, state, of, { by: SERVICE, ifMatch: null }, found =>
            found.until !== null && found.until <= now ? lapsed(found, now) : found,
          )
        } else await pdp.write(state, [{ kind: 'unregistered', of: 'signal', id, by: SERVICE }], 'ignore')
      } finally {
        state.held -= 1
      }
    }
  }
}

const LOOK_MS = 5_000

/** Looks for what is over from time to time. Ends with what it gives. */
export function keepTidy(pdp: Pdp & { readonly orgs: Service['orgs'] }, failed: (error: unknown) => void): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    tidy(pdp)
      .catch(failed)
      .finally(() => {
        busy = false
      })
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
