/** Who wants to know when an org moves on, whether it is in memory or not. */
export interface Followers {
  follow(slug: string, woken: () => void): () => void
  wake(slug: string): void
}

export function createFollowers(): Followers {
  const bySlug = new Map<string, Set<() => void>>()
  return {
    follow(slug, woken) {
      const all = bySlug.get(slug) ?? new Set<() => void>()
      bySlug.set(slug, all.add(woken))
      return () => {
        all.delete(woken)
        if (all.size === 0 && bySlug.get(slug) === all) bySlug.delete(slug)
      }
    },
    wake(slug) {
      for (const woken of bySlug.get(slug) ?? []) woken()
    },
  }
}
