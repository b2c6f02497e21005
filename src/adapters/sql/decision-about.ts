import { taskName } from '../../facts/audit-parts.ts'
import { type Entity, printEntity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'

/** Everybody and everything a decision is looked for by. */
export function aboutOf(subject: string, { request }: JsonObject): readonly string[] {
  if (typeof request !== 'object' || request === null) return [subject]
  const { actors, task } = request as { readonly actors?: readonly Entity[]; readonly task?: string | null }
  const names = [subject, ...(actors ?? []).map(printEntity)]
  return typeof task === 'string' ? [...names, taskName(task)] : names
}
