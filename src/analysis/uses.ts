import type { Condition } from '../policy/ast.ts'
import type { Entity } from '../policy/entity.ts'

/** A term with its entities put in. */
export type Party =
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'some'; readonly type: string; readonly relation: string; readonly of: Party }
  | { readonly kind: 'holder'; readonly type: string; readonly relation: string; readonly on: Party }

/** That some member of `user` holds `relation` on some member of `object`. */
export interface Relation {
  readonly object: Party
  readonly relation: string
  readonly user: Party
}

/** Clauses whose truth hangs on an attribute, the call, or the time. */
export type Leaf = Exclude<Condition, { kind: 'all' | 'any' | 'not' | 'related' | 'is' | 'delegated' | 'covered' }>

/**
 * What an atom asks, for whoever must find values that tell it apart. `beyond`: what is outside the fragment, taken to
 * be able to come out either way. `free`: what stands for any atom.
 */
export type Uses =
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'capability'; readonly name: string }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'beyond'; readonly leaf: Leaf }
  | { readonly kind: 'free' }
