/** Edits (insert, drop, replace, swap of neighbours) between two words, or `most + 1` where there are more. */
export function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
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
    before = row
    row = next
  }
  return Math.min(row[b.length] ?? 0, most + 1)
}

/** The candidate that a misspelt word most likely meant, or null where none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const most = word.length < 4 ? 1 : word.length < 8 ? 2 : 3
  let best: string | null = null
  let least = most + 1
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase(), most)
    if (edits < least || (edits === least && best !== null && edits <= most && candidate < best)) {
      best = candidate
      least = edits
    }
  }
  return best
}
