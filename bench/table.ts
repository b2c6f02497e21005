/** A table of Markdown, numbers to the right. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|')}|`,
  ...rows.map(row => `| ${row.join(' | ')} |`),
]

export const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]

export const named = (n: number): string => n.toLocaleString('en-US')
