/** A subject or resource: `type:id`. The id is opaque and compared byte for byte. */
export interface Entity {
  readonly type: string
  readonly id: string
}

/** `type:id`, or null unless there is a type and an id; the id may itself hold colons. */
export function parseEntity(text: string): Entity | null {
  const colon = text.indexOf(':')
  if (colon <= 0 || colon === text.length - 1) return null
  return { type: text.slice(0, colon), id: text.slice(colon + 1) }
}

export const printEntity = (entity: Entity): string => `${entity.type}:${entity.id}`

export const sameEntity = (a: Entity, b: Entity): boolean => a.type === b.type && a.id === b.id
