import type { Service } from './service.ts'

/**
 * Looks at the changes of every loaded org's server, at times that differ from node to node. `told` hears of an org whose
 * server cannot be followed, once, and with null when it can again. Answers how to end it.
 */
export function followServers(
  service: Pick<Service, 'orgs' | 'pull'>,
  pollMs: number,
  told: (org: string, error: unknown) => void,
): () => void {
  const down = new Set<string>()
  const busy = new Set<string>()
  const look = (): void => {
    for (const state of service.orgs.loaded()) {
      const { slug } = state.org
      if (state.away === null || busy.has(slug)) continue
      busy.add(slug)
      service
        .pull(state)
        .then(
          () => {
            if (down.delete(slug)) told(slug, null)
          },
          (error: unknown) => {
            if (!down.has(slug)) told(slug, error)
            down.add(slug)
          },
        )
        .finally(() => busy.delete(slug))
    }
    next = setTimeout(look, pollMs * (0.75 + Math.random() / 2)).unref()
  }
  let next = setTimeout(look, pollMs).unref()
  return () => clearTimeout(next)
}
