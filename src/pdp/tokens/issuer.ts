/** The one issuer string of each org, under this service's public address. */
export interface Issuers {
  of(slug: string): string
  /** The org whose issuer this is, or null for any other text. */
  orgOf(issuer: string): string | null
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

export function createIssuers(publicUrl: string): Issuers {
  const before = `${publicUrl}/orgs/`
  const after = '/api/v1'
  return {
    of: slug => `${before}${slug}${after}`,
    orgOf(issuer) {
      if (!issuer.startsWith(before) || !issuer.endsWith(after)) return null
      const slug = issuer.slice(before.length, -after.length)
      return SLUG.test(slug) ? slug : null
    },
  }
}
