import type { Change, Store, StoredTuple } from '../../src/facts/store.ts'
import { agentNamed, serverNamed, serviceNamed, userNamed } from '../support/registered.ts'
import { chanceOf } from './chance.ts'
import { agent, user } from './requests.ts'
import { MODELS, POLICIES, SERVERS, SERVICES, type Size, TOOLS } from './scene.ts'
import { structureFor, tupleFor, writeFor } from './writes.ts'

/** Tuples an org begins with, for each of its documents. */
const A_DOCUMENT = 6

/** Makes an org with people, agents and documents in it. */
export async function makeOrg(store: Store, org: string, size: Size, seed: number): Promise<void> {
  const c = chanceOf(seed)
  const put = (entry: Extract<Change, { kind: 'registered' }>['entry']): Change => ({
    kind: 'registered',
    entry,
    by: 'user:a',
  })
  await store.createOrg({ slug: org, name: org, zone: 'UTC' })
  const ignore = { onConflict: 'ignore' } as const
  const capabilities = ['view:documents', 'edit:documents', 'publish:documents', 'send:documents', 'tool:tools/search']
  const identities = [
    ...Array.from({ length: size.agents }, (_, n) => put(agentNamed(agent(n).id, { capabilities, owner: user(n) }))),
    ...Array.from({ length: size.users >> 1 }, (_, n) =>
      put(userNamed(user(n * 2).id, { attributes: { level: n % 6 } })),
    ),
    ...SERVICES.map(slug => put(serviceNamed(slug, { capabilities: ['archive:documents'] }))),
    ...SERVERS.map(slug => put(serverNamed(slug, { tools: TOOLS.map(tool => ({ name: tool, scope: 'desk.use' })) }))),
  ]
  const policy: Change = { kind: 'policy', version: 1, text: POLICIES[0] ?? '', author: 'a', note: '' }
  await store.write(org, [{ kind: 'model', id: 'm0', dsl: MODELS[0] ?? '' }, policy, ...identities], ignore)
  const tuples: StoredTuple[] = Array.from({ length: size.documents * A_DOCUMENT }, (_, n) =>
    n % 12 === 0 ? structureFor(c, size) : tupleFor(c, size),
  )
  await store.write(org, [{ kind: 'tuples', writes: tuples, deletes: [] }], ignore)
  for (let n = 0; n < 40; n += 1) {
    const made = writeFor(c, size, `first${n}`, { seldom: 0.5, rare: 0 }, [])
    if (made.kind === 'change') await store.write(org, [made.change], ignore)
  }
}
