import type { Ask, AskedResource } from '../policy/ask.ts'
import { type Entity, printEntity, sameEntity } from '../policy/entity.ts'
import { printAsk } from '../policy/print-question.ts'
import type { OrgState } from './org.ts'

/** A question in which those who are named by their address are the users the org has registered with it. */
export interface WithUsers {
  readonly question: Ask
  readonly canonical: string
  readonly assumptions: readonly string[]
}

/** Who is registered under the very name is meant by it, whatever address somebody else has. */
export function withUsers(
  { registry, org }: Pick<OrgState, 'registry' | 'org'>,
  read: { readonly question: Ask; readonly canonical: string; readonly assumptions: readonly string[] },
): WithUsers {
  const notes: string[] = []
  const named = (entity: Entity): Entity => {
    if (entity.type !== 'user' || !entity.id.includes('@') || registry.users.has(entity.id)) return entity
    const user = registry.userByEmail(entity.id)
    if (user === undefined || user.deletedAt !== undefined) return entity
    const found = { type: 'user', id: user.id }
    notes.push(`\`${entity.id}\` is the address of ${printEntity(found)}`)
    return found
  }
  const thing = (resource: AskedResource): AskedResource =>
    resource.id === null ? resource : { ...resource, ...named({ type: resource.type, id: resource.id }) }
  const { question } = read
  const subjects = question.subjects.map(named)
  const all = question.actors.map(named)
  const resources = question.resources.map(thing)
  if (notes.length === 0) return read
  // `for Alice, for alice@acme.com` names one and the same.
  const [subject] = subjects
  const first = subject === undefined ? 0 : all.findIndex(actor => !sameEntity(actor, subject))
  const actors = first < 0 ? [] : all.slice(first)
  const meant: Ask = { ...question, subjects, actors, resources }
  const assumptions = [...new Set([...read.assumptions, ...notes])]
  return { question: meant, canonical: printAsk(meant, org.zone), assumptions }
}
