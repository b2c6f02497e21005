import type { OpenfgaOptions, OpenfgaServer } from './server.ts'

/** Servers by their names, and how all of them are called. */
export interface NamedServers extends Omit<OpenfgaOptions, 'url' | 'token'> {
  readonly servers: Readonly<Record<string, { readonly url: string; readonly token: string | null }>>
}

/** The OpenFGA servers of the settings; without any their client is not even loaded. */
export async function relationServers({ servers, ...how }: NamedServers): Promise<readonly OpenfgaServer[]> {
  const named = Object.entries(servers)
  if (named.length === 0) return []
  const { createOpenfgaServer } = await import('./server.ts')
  return named.map(([name, { url, token }]) => createOpenfgaServer(name, { url, token, ...how }))
}
