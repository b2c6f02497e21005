/** A condition a type restriction names: kept as written, its expression is not evaluated here. */
export interface ConditionDef {
  readonly name: string
  /** Parameter name → type, as `int`, `list<string>`. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  readonly expression: string
}

/** One kind of user a relation accepts in a tuple, and the condition it must then carry. */
export interface Restriction {
  readonly type: string
  readonly relation: string | null
  readonly wildcard: boolean
  readonly condition: string | null
}

/** How a relation is worked out. `tuple-to-userset` is `relation from tupleset`. */
export type Rewrite =
  | { readonly kind: 'this' }
  | { readonly kind: 'computed'; readonly relation: string }
  | { readonly kind: 'tuple-to-userset'; readonly tupleset: string; readonly relation: string }
  | { readonly kind: 'union' | 'intersection'; readonly of: readonly Rewrite[] }
  | { readonly kind: 'difference'; readonly base: Rewrite; readonly subtract: Rewrite }

export interface RelationDef {
  readonly name: string
  /** Empty for a relation that is only computed. */
  readonly restrictions: readonly Restriction[]
  readonly rewrite: Rewrite
}

export interface TypeDef {
  readonly name: string
  readonly relations: ReadonlyMap<string, RelationDef>
}

/** An OpenFGA authorization model as plain data, in the order it was written. */
export interface Model {
  readonly types: ReadonlyMap<string, TypeDef>
  readonly conditions: ReadonlyMap<string, ConditionDef>
}

/** A fault in a model's text. Lines and columns count from 1. */
export interface ModelProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

export function findRelation(model: Model, type: string, relation: string): RelationDef | null {
  return model.types.get(type)?.relations.get(relation) ?? null
}

/** Every rewrite within a rewrite, itself first. */
export function* rewritesIn(rewrite: Rewrite): Iterable<Rewrite> {
  yield rewrite
  if (rewrite.kind === 'union' || rewrite.kind === 'intersection') {
    for (const child of rewrite.of) yield* rewritesIn(child)
  } else if (rewrite.kind === 'difference') {
    yield* rewritesIn(rewrite.base)
    yield* rewritesIn(rewrite.subtract)
  }
}
