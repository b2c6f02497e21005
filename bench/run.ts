import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { measureAuthoring } from './authoring.ts'
import { measureDecisions } from './budgets/decisions.ts'
import { budgetSections } from './budgets/report.ts'
import { measureSpends } from './budgets/spends.ts'
import { raceRules, raceTuples } from './in-process.ts'
import { type Section, sectionsIn } from './parts.ts'
import { FULL, QUICK } from './plan.ts'
import { measureGraph } from './relations/in-process.ts'
import { raceRelations } from './relations/over-http.ts'
import { graphSection, openfgaSections } from './relations/report.ts'
import { authoringSection, report, rulesSection, tuplesSection } from './report.ts'
import { measureRevocation } from './revocation/race.ts'
import { revocationSections } from './revocation/report.ts'
import { measureOrgs } from './tokens/orgs.ts'
import { raceTokens } from './tokens/race.ts'
import { tokenSections } from './tokens/report.ts'
import { raceWire } from './wire/race.ts'
import { wireSections } from './wire/report.ts'

/**
 * `npm run bench` writes `RESULTS.md`; with names of parts (`npm run bench -- relations`) it measures those and keeps the
 * rest; with `--quick` it measures little and only prints. `--sizes=10000,1000000` says how many tuples the worlds of
 * relations have.
 */
const quick = process.argv.includes('--quick')
const plan = quick ? QUICK : FULL
const sizes = process.argv
  .find(arg => arg.startsWith('--sizes='))
  ?.slice('--sizes='.length)
  .split(',')
  .map(Number)
const relations = { ...plan.relations, ...(sizes !== undefined && { sizes }) }

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const PARTS: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  wire: async () => wireSections(await raceWire(plan.wire, say)),
  rules: async () => [rulesSection(await raceRules(plan))],
  tuples: async () => [tuplesSection(await raceTuples(plan))],
  graph: async () => [graphSection(measureGraph(relations))],
  openfga: async () => openfgaSections(await raceRelations(relations, say)),
  tokens: async () => tokenSections(await raceTokens(plan.tokens, say), await measureOrgs(plan.tokens.orgs)),
  revocation: async () => revocationSections(await measureRevocation(plan.revocation, say)),
  budgets: async () =>
    budgetSections(await measureSpends(plan.budgets), await measureDecisions(plan.budgets.decisions)),
  authoring: async () => [authoringSection(await measureAuthoring(plan.authoring))],
}

/** `relations` is both parts about relations. */
const chosen = process.argv
  .slice(2)
  .filter(arg => !arg.startsWith('--'))
  .flatMap(name => (name === 'relations' ? ['graph', 'openfga'] : [name]))
const unknown = chosen.find(name => !Object.hasOwn(PARTS, name))
if (unknown !== undefined) {
  say(`there is no part \`${unknown}\`: expected some of ${Object.keys(PARTS).join(', ')}, relations`)
  process.exit(2)
}

/** A machine at rest has about one or two of the bench's own. */
const loadLine = (): string =>
  `Processes that wanted a core when this part ended (load average): ${loadavg()[0]?.toFixed(1)}.`

const RESULTS = new URL('./RESULTS.md', import.meta.url)
const keeps = !quick && chosen.length > 0 && existsSync(RESULTS)
const sections = new Map(keeps ? sectionsIn(readFileSync(RESULTS, 'utf8')) : [])
for (const [name, measure] of Object.entries(PARTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  say(name)
  for (const [heading, lines] of await measure()) sections.set(heading, [...lines, '', loadLine()].join('\n').trim())
}
const text = report(sections)
process.stdout.write(text)
if (!quick) writeFileSync(RESULTS, text)
process.exit()
