import { type Approval, RISKS } from '../agents/approval.ts'
import { isOwn } from '../agents/approval-steps.ts'
import { type Entity, printEntity, sameEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Answer, Holder, RelationQuestion } from '../policy/question.ts'
import { type CellKey, entryCell } from './cells.ts'
import type { Registry } from './registry.ts'

/** The type of requests for approval as resources, and where it is judged how grave they are, as subjects. */
export const APPROVAL = 'approval'

type Ask = (question: RelationQuestion) => Answer | undefined

const NO: Answer = { kind: 'truth', truth: 'no' }
const YES: Answer = { kind: 'truth', truth: 'yes' }

/** Who is what to a request: `requester`, `addressee`, and `approver` where a rule named them. */
export function answerForApproval(
  registry: Registry,
  id: string,
  relation: string,
  user: Entity,
  reads: (cell: CellKey) => void,
  ask: Ask,
): Answer | undefined {
  reads(entryCell('approval', id))
  const approval = registry.approvals.get(id)
  if (approval === undefined) return NO
  switch (relation) {
    case 'requester':
      return isOwn(approval, user) ? YES : NO
    case 'addressee':
      return user.type === 'user' && user.id === approval.addressee ? YES : NO
    case 'approver':
      return anyOf(approval.demands.map(({ relation: held, holder }) => meets(user, held, holder, ask)))
    default:
      return NO
  }
}

/** Whether somebody is whose yes is asked for. */
export function meets(user: Entity, relation: string | null, holder: Holder | null, ask: Ask): Answer | undefined {
  if (holder === null) return NO
  const person: Holder = { kind: 'entity', entity: user }
  if (relation !== null) {
    const object = holder.kind === 'entity' ? holder.entity : holder
    return ask({ kind: 'relation', object, relation, user: person })
  }
  switch (holder.kind) {
    case 'entity':
      return sameEntity(holder.entity, user) ? YES : NO
    case 'holder': {
      if (holder.type !== user.type) return NO
      const object = holder.on.kind === 'entity' ? holder.on.entity : holder.on
      return ask({ kind: 'relation', object, relation: holder.relation, user: person })
    }
    case 'some':
      if (holder.type !== user.type) return NO
      return ask({ kind: 'relation', object: user, relation: holder.relation, user: holder.of })
  }
}

/** Undefined while one that could say yes must still be asked. */
function anyOf(answers: readonly (Answer | undefined)[]): Answer | undefined {
  const isYes = (answer: Answer | undefined): boolean => answer?.kind === 'truth' && answer.truth === 'yes'
  const yes = answers.find(isYes)
  if (yes !== undefined) return yes
  if (answers.includes(undefined)) return undefined
  return answers.find(answer => answer?.kind !== 'truth' || answer.truth === 'unknown') ?? NO
}

/** What rules may say of a request. `lateness`: late once others are asked. */
export function attributesOf(
  approval: Omit<Approval, 'risk'> & { readonly risk: Approval['risk'] | null },
): JsonObject {
  const { asked, operations, subject, agent, risk, permitted, demands, denials, escalated, emergency } = approval
  const amounts = asked.details.flatMap(({ amount }) => (amount === undefined ? [] : [amount]))
  const cleared = permitted && demands.length === 0
  return {
    types: [...new Set([...asked.details.map(d => d.type), ...operations.map(o => o.operation.resource.type)])],
    actions: [...new Set(operations.map(o => o.operation.action))],
    breadth: operations.some(o => o.operation.resource.many) ? 'many' : 'one',
    clearance: cleared ? 'cleared' : 'open',
    denials,
    agent,
    requester: `agent:${agent}`,
    on_behalf_of: subject.type === 'agent' ? null : printEntity(subject),
    lateness: escalated ? 'late' : 'early',
    urgency: emergency === null ? 'normal' : 'emergency',
    uses: asked.uses,
    ...(risk !== null && { risk }),
    ...(amounts.length === 1 && amounts[0] !== undefined && { amount: amounts[0] }),
  }
}

/** Null where there is no such attribute, undefined where there is no such request. */
export function approvalAttribute(registry: Registry, id: string, name: string): Json | undefined {
  const approval = registry.approvals.get(id)
  if (approval === undefined) return undefined
  const attributes = attributesOf(approval)
  return Object.hasOwn(attributes, name) ? attributes[name] : null
}

export const gravest = RISKS.toReversed()
