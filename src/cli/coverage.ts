import { type CoverageCount, countCoverage, type RuleCoverage } from '../pdp/coverage.ts'

/** A rule where it stands in its file. */
export interface PlacedRule extends RuleCoverage {
  /** How many lines its sentence takes. */
  readonly lines: number
}

/** What the tests show of one file; `isPolicy` is false for rules written within a file of tests. */
export interface FileCoverage {
  readonly file: string
  readonly isPolicy: boolean
  readonly rules: readonly PlacedRule[]
}

/** What several runs show of the same files together. */
export function mergeCoverage(runs: readonly (readonly FileCoverage[])[]): readonly FileCoverage[] {
  const found = new Map<string, FileCoverage>()
  for (const one of runs.flat()) {
    const known = found.get(one.file)
    found.set(one.file, known === undefined ? one : { ...known, rules: mergeRules(known.rules, one.rules) })
  }
  return [...found.values()].sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** The same file may be read beside others that change what its sentences mean: then a rule is two. */
function mergeRules(a: readonly PlacedRule[], b: readonly PlacedRule[]): readonly PlacedRule[] {
  const key = ({ id, span }: PlacedRule): string => `${span.start} ${id}`
  const merged = new Map(a.map(rule => [key(rule), rule]))
  for (const rule of b) {
    const known = merged.get(key(rule))
    merged.set(key(rule), known === undefined ? rule : added(known, rule))
  }
  return [...merged.values()].sort((x, y) => x.span.start - y.span.start)
}

const added = (a: PlacedRule, b: PlacedRule): PlacedRule => ({
  ...a,
  decided: a.decided + b.decided,
  clauses: a.clauses.map((clause, i) => ({
    ...clause,
    held: clause.held + (b.clauses[i]?.held ?? 0),
    failed: clause.failed + (b.clauses[i]?.failed ?? 0),
  })),
})

/** Rules and clauses of all files together. */
export const totalCoverage = (files: readonly FileCoverage[]): CoverageCount =>
  countCoverage(files.flatMap(f => f.rules))

/** Coverage to read: per file, then every rule and clause that the tests left open. */
export function renderCoverage(files: readonly FileCoverage[]): string {
  const lines = ['coverage']
  for (const { file, rules } of files) {
    lines.push(`  ${file}: ${counted(countCoverage(rules))}`)
    for (const rule of rules)
      lines.push(...open(rule).map(text => `    ${rule.span.line}:${rule.span.column}: ${text}`))
  }
  lines.push(`  all: ${counted(totalCoverage(files))}`)
  return `${lines.join('\n')}\n`
}

const counted = ({ percent, rules, rulesCovered, clauses, clausesCovered }: CoverageCount): string =>
  `${percent} % (rules ${rulesCovered} of ${rules}, clauses ${clausesCovered} of ${clauses})`

function open({ text, decided, clauses }: RuleCoverage): readonly string[] {
  const found = decided === 0 ? [`decided nothing: ${text}`] : []
  for (const { text: clause, held, failed } of clauses) {
    if (held === 0 && failed === 0) found.push(`never answered: ${clause}`)
    else if (held === 0) found.push(`never held: ${clause}`)
    else if (failed === 0) found.push(`never failed: ${clause}`)
  }
  return found
}

/** LCOV's tracefile: lines are those of rules, branches their clauses, the first taken where one held. */
export function lcov(files: readonly FileCoverage[]): string {
  return files
    .filter(f => f.isPolicy)
    .map(({ file, rules }) => record(file, rules))
    .join('')
}

function record(file: string, rules: readonly PlacedRule[]): string {
  const hits = new Map<number, number>()
  const branches: { readonly text: string; readonly taken: number }[] = []
  for (const [block, { span, lines, decided, clauses }] of rules.entries()) {
    for (let i = 0; i < lines; i += 1) hits.set(span.line + i, (hits.get(span.line + i) ?? 0) + decided)
    for (const [i, { held, failed }] of clauses.entries()) {
      const taken = (count: number): string => (held + failed === 0 ? '-' : String(count))
      branches.push({ text: `BRDA:${span.line},${block},${2 * i},${taken(held)}`, taken: held })
      branches.push({ text: `BRDA:${span.line},${block},${2 * i + 1},${taken(failed)}`, taken: failed })
    }
  }
  const lines = [...hits].sort(([a], [b]) => a - b)
  return [
    'TN:',
    `SF:${file}`,
    ...branches.map(b => b.text),
    `BRF:${branches.length}`,
    `BRH:${branches.filter(b => b.taken > 0).length}`,
    ...lines.map(([line, count]) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${lines.filter(([, count]) => count > 0).length}`,
    'end_of_record\n',
  ].join('\n')
}
