import type { Entity } from '../policy/entity.ts'
import type { Site } from './site.ts'

/** One link of a request as a rule judges it. `principal` is whom `me` acts for, null for who acts for itself. */
export interface Link {
  readonly me: Entity
  readonly principal: Entity | null
  readonly delegated: boolean
  readonly action: string
  readonly resource: Entity
}

export interface Grounding {
  readonly site: Site
  readonly link: Link
  /** Whom `subject` stands for; within `acting … for` it is the one acted for. */
  readonly me: Entity
}

/** The variable that holds a stored attribute. */
export function attributeKey(entity: Entity, name: string, { site }: Grounding): string {
  const key = `a ${entity.type}:${entity.id} ${name}`
  if (!site.attributes.has(key)) site.attributes.set(key, { entity, name })
  return key
}
