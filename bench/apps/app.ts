import type { Chance } from '../random.ts'

/** A fact that every contestant is given in its own form: who holds what on what, or what is in what. */
export interface AppTuple {
  readonly object: string
  readonly relation: string
  readonly user: string
}

/** Changes what is known while decisions go on. */
export type AppChange =
  | { readonly kind: 'add' | 'remove'; readonly tuple: AppTuple }
  | { readonly kind: 'set'; readonly resource: string; readonly value: string }

/** What is stored at first. */
export interface AppWorld {
  readonly tuples: readonly AppTuple[]
  /** The one attribute of resources that have it. */
  readonly attributes: ReadonlyMap<string, string>
  readonly users: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
}

/** One sentence of the application's policy as plain data, for those who have no language of their own. */
export interface AppRule {
  readonly effect: 'permit' | 'forbid'
  readonly actions: readonly string[]
  /** Who holds this role, or one that is more; left out: everybody. */
  readonly role?: string
  /** The value the attribute must have. */
  readonly value?: string
}

/** An application: its relations and rules in each language, and worlds of any size. */
export interface App {
  readonly name: string
  /** The OpenFGA model and the English policy: ours. */
  readonly model: string
  readonly policy: string
  readonly cedar: string
  readonly rules: readonly AppRule[]
  /** What is asked about. */
  readonly type: string
  /** What may be asked, the most frequent first. */
  readonly actions: readonly string[]
  /** Types whose relations are sets of users, in which sets of others may be. */
  readonly groups: readonly string[]
  /** Roles on a resource, each but the last with what it also is. */
  readonly roles: Readonly<Record<string, readonly string[]>>
  /** By a relation to what a resource is in: the role there that is a role here. */
  readonly inherits: readonly { readonly by: string; readonly from: string; readonly to: string }[]
  readonly attribute: string | null
  /** What the attribute may be; the first is the usual one. */
  readonly values: readonly string[]
  readonly build: (size: number, chance: Chance) => AppWorld
}

/** A question and the answer every contestant must give. */
export interface AppRequest {
  readonly user: string
  readonly action: string
  readonly resource: string
  readonly allowed: boolean
}

export interface AppCase {
  readonly app: App
  readonly world: AppWorld
  readonly requests: readonly AppRequest[]
}

export const typeOf = (name: string): string => name.slice(0, name.indexOf(':'))

/** The role and all that are more than it. */
export function sufficing({ roles }: App, role: string): readonly string[] {
  const more = Object.keys(roles).filter(other => roles[other]?.includes(role))
  return [...new Set([role, ...more])]
}

/** INVARIANT: changes of the bench put users into groups, and users on resources: nothing else is gathered anew. */
export const touchedBy = (change: AppChange): { readonly user: string; readonly resource: string } =>
  change.kind === 'set'
    ? { user: '', resource: change.resource }
    : { user: change.tuple.user, resource: change.tuple.object }
