/** Orgs that moved on since a point in time of the database, and the point to ask from next. */
export interface ChangedOrgs {
  readonly horizon: string
  readonly changed: readonly { readonly org: string; readonly revision: number }[]
}
