import { covers, type Grant } from '../agents/grant.ts'
import type { Entity } from '../policy/entity.ts'
import { type Json, type JsonObject, sameJson } from '../policy/json.ts'
import type { Answer, GrantFact, GrantQuestion } from '../policy/question.ts'
import { type CellKey, entryCell, grantCell } from './cells.ts'
import type { Registry } from './registry.ts'
import { taskUntil } from './tasks.ts'

/** The chain a link is of: its own actors, or for an actor's link all of them. */
const chainOf = ({ subject, principal, actors }: GrantQuestion): readonly Entity[] =>
  principal === null ? [subject, ...actors] : actors

/**
 * Grants to exactly this chain for exactly this, the one that ends first before others. `stored` is what is known of the
 * resource: what an approver was told and is no longer so lets nothing pass.
 */
export function answerForGrant(
  registry: Registry,
  question: GrantQuestion,
  reads: (cell: CellKey) => void,
  stored: (entity: Entity, name: string) => Json | undefined,
): Answer {
  const { action, resource, rule } = question
  const chain = chainOf(question)
  reads(grantCell(chain, action, resource))
  reads(grantCell(chain, action, { type: resource.type, id: null }))
  const grants: GrantFact[] = []
  for (const grant of registry.grantsTo(chain, action, resource.type)) {
    if (grant.revokedAt !== null || !covers(grant, resource)) continue
    if (rule === null ? grant.rules.length > 0 : !grant.rules.includes(rule)) continue
    const until = grantUntil(registry, grant, reads)
    const given = until === null ? null : stillGiven(grant, resource, stored)
    if (until !== null && given !== null) grants.push(factOf(grant, until, given))
  }
  if (grants.length === 0) return NONE
  return { kind: 'grants', grants: grants.sort((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1)) }
}

const NONE: Answer = { kind: 'truth', truth: 'no' }

/** A grant ends with what was approved, and with its task. */
function grantUntil(registry: Registry, grant: Grant, reads: (cell: CellKey) => void): number | null {
  reads(entryCell('approval', grant.approval))
  if (registry.approvals.get(grant.approval)?.state !== 'approved') return null
  const until = grant.task === null ? grant.until : taskUntil(registry, grant.task, reads)
  return until === null ? null : Math.min(grant.until, until)
}

const factOf = ({ id, task, uses, says }: Grant, until: number, given: JsonObject): GrantFact => ({
  id,
  task,
  uses,
  until,
  says,
  ...(Object.keys(given).length > 0 && { given }),
})

/** What the call must still say; null where something stored says otherwise. */
function stillGiven(
  { given }: Grant,
  resource: Entity,
  stored: (entity: Entity, name: string) => Json | undefined,
): JsonObject | null {
  const left: [string, Json][] = []
  for (const [name, value] of Object.entries(given)) {
    const known = stored(resource, name)
    if (known === undefined) left.push([name, value])
    else if (!sameJson(known, value)) return null
  }
  return Object.fromEntries(left)
}

/** Where it is read from: for many resources of a type, from the type. */
export const cellOfGrant = ({ subject, actors, action, resource }: Grant): CellKey =>
  grantCell([subject, ...actors], action, { type: resource.type, id: resource.many ? null : resource.id })
