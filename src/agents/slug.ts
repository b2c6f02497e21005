const MOST = 63

/** A name as it stands in URLs and subjects: `Research Assistant Bot` is `research-assistant-bot`. */
export function slugFrom(name: string, otherwise: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, MOST)
    .replace(/-+$/, '')
  return plain === '' ? otherwise : plain
}

/** The first of `slug`, `slug-2`, `slug-3` … that nobody has or had. */
export function freeSlug(slug: string, isTaken: (slug: string) => boolean): string {
  if (!isTaken(slug)) return slug
  for (let n = 2; ; n += 1) {
    const end = `-${n}`
    const next = slug.slice(0, MOST - end.length).replace(/-+$/, '') + end
    if (!isTaken(next)) return next
  }
}
