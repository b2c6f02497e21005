import type { ConditionDef, Model, RelationDef, Restriction, Rewrite, TypeDef } from './schema.ts'
import type { RawCondition, RawModel, RawRestriction, RawRewrite, RawType } from './transform.ts'

/** OpenFGA's JSON form as a model. What the transformer left out of broken text is left out here too. */
export function compile(raw: RawModel): Model {
  return {
    types: new Map((raw.type_definitions ?? []).map(t => [t.type, typeOf(t)])),
    conditions: new Map(Object.values(raw.conditions ?? {}).map(c => [c.name, conditionOf(c)])),
  }
}

function typeOf(raw: RawType): TypeDef {
  const relations = new Map<string, RelationDef>()
  for (const [name, rewrite] of Object.entries(raw.relations ?? {})) {
    const restrictions = raw.metadata?.relations?.[name]?.directly_related_user_types ?? []
    relations.set(name, { name, restrictions: restrictions.map(restrictionOf), rewrite: rewriteOf(rewrite) })
  }
  return { name: raw.type, relations }
}

function restrictionOf(raw: RawRestriction): Restriction {
  return {
    type: raw.type,
    relation: raw.relation || null,
    wildcard: raw.wildcard !== undefined,
    condition: raw.condition || null,
  }
}

function rewriteOf(raw: RawRewrite): Rewrite {
  if (raw.computedUserset) return { kind: 'computed', relation: raw.computedUserset.relation ?? '' }
  if (raw.tupleToUserset) {
    return {
      kind: 'tuple-to-userset',
      tupleset: raw.tupleToUserset.tupleset.relation ?? '',
      relation: raw.tupleToUserset.computedUserset.relation ?? '',
    }
  }
  if (raw.union) return { kind: 'union', of: raw.union.child.map(rewriteOf) }
  if (raw.intersection) return { kind: 'intersection', of: raw.intersection.child.map(rewriteOf) }
  if (raw.difference) {
    return { kind: 'difference', base: rewriteOf(raw.difference.base), subtract: rewriteOf(raw.difference.subtract) }
  }
  return { kind: 'this' }
}

function conditionOf(raw: RawCondition): ConditionDef {
  const parameters = Object.entries(raw.parameters ?? {}).map(([name, p]) => {
    const of = p.generic_types?.[0]
    return { name, type: of ? `${plain(p.type_name)}<${plain(of.type_name)}>` : plain(p.type_name) }
  })
  return { name: raw.name, parameters, expression: raw.expression }
}

const plain = (typeName: string): string => typeName.replace(/^TYPE_NAME_/, '').toLowerCase()
