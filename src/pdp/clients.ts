import type { Service as Client } from '../agents/identity.ts'
import { freeSlug, slugFrom } from '../agents/slug.ts'
import { timedId } from '../lib/ids.ts'
import { checkLifetime } from './agent-rules.ts'
import { type Given, issueAs, type Proves, type Shown } from './identity-credentials.ts'
import type { OrgState } from './org.ts'
import {
  amend,
  credentialsEnded,
  type Editor,
  NARROWED,
  put,
  revocationOf,
  serviceNamed,
  withFreeSlug,
} from './registering.ts'
import type { Service } from './service.ts'

export type ClientSaid = Partial<
  Pick<Client, 'name' | 'description' | 'capabilities' | 'allowedAudiences' | 'tokenLifetime'>
>

export interface NewClient extends ClientSaid {
  readonly name: string
  readonly slug?: string | undefined
  readonly proves: Proves
  readonly keys?: Given | undefined
}

/** Registers a program that is no agent and gives it what it proves itself with. */
export const createClient = (pdp: Service, state: OrgState, said: NewClient, by: string) =>
  withFreeSlug(pdp, state, said.slug !== undefined, () => tryToCreate(pdp, state, said, by))

async function tryToCreate(
  pdp: Service,
  state: OrgState,
  said: NewClient,
  by: string,
): Promise<{ readonly client: Client; readonly shown: Shown }> {
  const { slug, proves, keys, ...more } = said
  const now = pdp.clock()
  const client: Client = {
    kind: 'service',
    id: timedId('cli', now),
    slug: slug ?? freeSlug(slugFrom(said.name, 'service'), s => state.registry.serviceBySlug(s) !== undefined),
    description: '',
    status: 'active',
    capabilities: [],
    allowedAudiences: null,
    tokenLifetime: state.registry.settings.defaultLifetime,
    ...more,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  checkLifetime(state, client.tokenLifetime)
  const { credentials, shown } = issueAs(proves, state.org.slug, client, keys, now)
  await pdp.write(state, [put(client, by, null), ...credentials.map(c => put(c, by))])
  return { client, shown }
}

/** Changes what is said and leaves the rest. What makes it able to do less ends the tokens it holds. */
export function updateClient(
  pdp: Service,
  state: OrgState,
  name: string,
  said: ClientSaid & { readonly status?: 'active' | 'inactive' },
  editor: Editor,
): Promise<Client> {
  const read = () => serviceNamed(state, name)
  return amend(pdp, state, read, editor, client => {
    const now = pdp.clock()
    const entry = { ...client, ...said, version: client.version + 1, updatedAt: now }
    if (entry.tokenLifetime !== client.tokenLifetime) checkLifetime(state, entry.tokenLifetime)
    const { capabilities: held, allowedAudiences: audiences } = entry
    const isLess =
      entry.status !== 'active' ||
      client.capabilities.some(c => !held.includes(c)) ||
      (audiences !== null && (client.allowedAudiences?.some(a => !audiences.includes(a)) ?? true))
    return { entry, besides: isLess ? [put(revocationOf(entry, now, NARROWED), editor.by)] : [] }
  })
}

/** Revokes a service and forgets all but its name, which nobody gets again. */
export async function deleteClient(pdp: Service, state: OrgState, name: string, editor: Editor): Promise<void> {
  const read = () => serviceNamed(state, name)
  await amend(pdp, state, read, editor, client => {
    const now = pdp.clock()
    const gone = { status: 'revoked', description: '', capabilities: [], deletedAt: now, updatedAt: now } as const
    const retired = credentialsEnded(state, client, now, editor.by)
    const besides = [put(revocationOf(client, now, 'deleted'), editor.by), ...retired]
    return { entry: { ...client, ...gone, version: client.version + 1 }, besides }
  })
}
