/** Figures of several processes as one text in the Prometheus format: each sample says whose it is. */
export function joinScrapes(texts: readonly (readonly [worker: string, text: string])[]): string {
  const families = new Map<string, { readonly head: Set<string>; readonly samples: string[] }>()
  for (const [worker, text] of texts) {
    let family = ''
    for (const line of text.split('\n')) {
      if (line === '') continue
      const head = /^# (?:HELP|TYPE) (\S+)/.exec(line)
      if (head !== null) family = head[1] ?? ''
      const known = families.get(family) ?? { head: new Set(), samples: [] }
      families.set(family, known)
      if (head !== null) known.head.add(line)
      else known.samples.push(labelled(line, worker))
    }
  }
  return [...families.values()].map(({ head, samples }) => [...head, ...samples, ''].join('\n')).join('\n')
}

/** Label values may hold braces and spaces; the name in front of them holds neither. */
function labelled(sample: string, worker: string): string {
  const name = /^[^{\s]+/.exec(sample)?.[0] ?? ''
  const rest = sample.slice(name.length)
  const label = `worker="${worker}"`
  if (!rest.startsWith('{')) return `${name}{${label}}${rest}`
  return rest.startsWith('{}') ? `${name}{${label}}${rest.slice(2)}` : `${name}{${label},${rest.slice(1)}`
}
