import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { pathToFileURL } from 'node:url'
import { raceNested } from './apps/nested.ts'
import { raceApps } from './apps/race.ts'
import { appsSection, bothSection, nestedSection, weightsSection, writesSection } from './apps/report.ts'
import { weighApps } from './apps/weights.ts'
import { raceWrites } from './apps/writes.ts'
import { measureAuthoring } from './authoring.ts'
import { raceBoth } from './both.ts'
import { measureDecisions } from './budgets/decisions.ts'
import { budgetSections } from './budgets/report.ts'
import { measureSpends } from './budgets/spends.ts'
import type { Plot } from './chart/svg.ts'
import { raceRules, raceTuples } from './in-process.ts'
import { type Section, sectionsIn } from './parts.ts'
import { FULL, QUICK } from './plan.ts'
import { profileText, writeProfile } from './profile/report.ts'
import { profileAll } from './profile/run.ts'
import { measureGraph } from './relations/in-process.ts'
import { raceRelations } from './relations/over-http.ts'
import { graphSection, openfgaSections } from './relations/report.ts'
import { authoringSection, report, rulesSection, tuplesSection } from './report.ts'
import { weighResiduals } from './residuals/weigh.ts'
import { measureRevocation } from './revocation/race.ts'
import { revocationSections } from './revocation/report.ts'
import { clockCost } from './singles.ts'
import { measureOrgs } from './tokens/orgs.ts'
import { raceTokens } from './tokens/race.ts'
import { tokenSections } from './tokens/report.ts'
import { measureOverhead } from './wire/overhead.ts'
import { raceWire } from './wire/race.ts'
import { overheadSection, wireSections } from './wire/report.ts'

/**
 * `npm run bench` writes `RESULTS.md` and what is drawn of it into `plots/`; with names of parts (`npm run bench --
 * relations`) it measures those and keeps the rest; with `--quick` it measures little and only prints. `--plots=DIR` draws
 * there, whatever is measured. `profile` is apart: it writes where the time goes into `PROFILE.md`. `--sizes=10000,1000000` says how many tuples the worlds of relations have.
 */
const option = (name: string): string | undefined =>
  process.argv.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)

const quick = process.argv.includes('--quick')
const plan = quick ? QUICK : FULL
const sizes = option('sizes')?.split(',').map(Number)
const relations = { ...plan.relations, ...(sizes !== undefined && { sizes }) }

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const PARTS: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  wire: async () => wireSections(await raceWire(plan.wire, say)),
  overhead: async () => [overheadSection(await measureOverhead(plan.overhead, say))],
  rules: async () => [rulesSection(await raceRules(plan))],
  tuples: async () => [tuplesSection(await raceTuples(plan), weighResiduals())],
  both: async () => [bothSection(await raceBoth(plan.both), clockCost())],
  apps: async () => [appsSection(await raceApps(plan.apps, say))],
  nested: async () => [nestedSection(await raceNested(plan.nested))],
  writes: async () => [writesSection(await raceWrites(plan.writes, say), plan.writes)],
  weights: async () => [weightsSection(await weighApps(plan.weights, say))],
  graph: async () => [graphSection(measureGraph(relations))],
  openfga: async () => openfgaSections(await raceRelations(relations, say)),
  tokens: async () => tokenSections(await raceTokens(plan.tokens, say), await measureOrgs(plan.tokens.orgs)),
  revocation: async () => revocationSections(await measureRevocation(plan.revocation, say)),
  budgets: async () =>
    budgetSections(await measureSpends(plan.budgets), await measureDecisions(plan.budgets.decisions)),
  authoring: async () => [authoringSection(await measureAuthoring(plan.authoring))],
}

/** Names of several parts that belong together. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  relations: ['graph', 'openfga'],
  http: ['wire', 'overhead'],
  'in-process': ['rules', 'tuples', 'both', 'apps', 'nested', 'writes', 'weights'],
}

const names = process.argv.slice(2).filter(arg => !arg.startsWith('--'))
if (names.includes('profile')) {
  const made = profileText(await profileAll(quick ? 800 : 4_000, say))
  process.stdout.write(made)
  if (!quick) writeProfile(made)
  process.exit()
}

const chosen = names.flatMap(name => TOGETHER[name] ?? [name])
const unknown = chosen.find(name => !Object.hasOwn(PARTS, name))
if (unknown !== undefined) {
  say(
    `there is no part \`${unknown}\`: expected some of ${[...Object.keys(PARTS), ...Object.keys(TOGETHER)].join(', ')}`,
  )
  process.exit(2)
}

/** A machine at rest has about one or two of the bench's own. */
const loadLine = (): string =>
  `Processes that wanted a core when this part ended (load average): ${loadavg()[0]?.toFixed(1)}.`

const RESULTS = new URL('./RESULTS.md', import.meta.url)
const PLOTS = option('plots') ?? (quick ? undefined : new URL('./plots', import.meta.url).pathname)

function draw(plots: readonly Plot[]): readonly string[] {
  if (PLOTS === undefined) return []
  mkdirSync(PLOTS, { recursive: true })
  for (const { file, svg } of plots) writeFileSync(new URL(file, `${pathToFileURL(PLOTS)}/`), svg)
  return plots.flatMap(({ file, alt }) => [`![${alt}](plots/${file})`, ''])
}

const keeps = !quick && chosen.length > 0 && existsSync(RESULTS)
const sections = new Map(keeps ? sectionsIn(readFileSync(RESULTS, 'utf8')) : [])
for (const [name, measure] of Object.entries(PARTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  say(name)
  for (const [heading, lines, plots = []] of await measure()) {
    sections.set(heading, [...lines, '', ...draw(plots), loadLine()].join('\n').trim())
  }
}
const text = report(sections)
process.stdout.write(text)
if (!quick) writeFileSync(RESULTS, text)
process.exit()
