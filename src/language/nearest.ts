/** Edits (insert, drop, replace, swap of neighbours) between two words, or `most + 1` where there are more. */
export function distance(a: string, b: string, most: number): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1)
      next.push(best)
    }
    if (Math.min(...next) > most) return most + 1
    before = row
    row = next
  }
  return Math.min(row[b.length] ?? 0, most + 1)
}

/** Candidates looked at, so that a large vocabulary does not make a slip expensive. */
const MOST_CANDIDATES = 500

/** How many slips a word of its length may hold and still be recognized. */
const slips = (word: string): number => (word.length < 4 ? 1 : word.length < 8 ? 2 : 3)

/** The candidate that a misspelt word most likely meant, or null where none is close. */
export function nearest(word: string, candidates: Iterable<string>, most = slips(word)): string | null {
  let best: string | null = null
  let least = most + 1
  const lower = word.toLowerCase()
  let seen = 0
  for (const candidate of candidates) {
    seen += 1
    if (seen > MOST_CANDIDATES) break
    if (Math.abs(candidate.length - lower.length) > most) continue
    const edits = distance(lower, candidate.toLowerCase(), most)
    if (edits < least || (edits === least && best !== null && edits <= most && candidate < best)) {
      best = candidate
      least = edits
    }
  }
  return best
}
