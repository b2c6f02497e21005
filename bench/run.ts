import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { measureAuthoring } from './authoring.ts'
import { raceServers } from './http/race.ts'
import { raceRules, raceTuples } from './in-process.ts'
import { type Section, sectionsIn } from './parts.ts'
import { FULL, QUICK } from './plan.ts'
import { measureGraph } from './relations/in-process.ts'
import { raceRelations } from './relations/over-http.ts'
import { relationSections } from './relations/report.ts'
import { authoringSection, httpSection, report, rulesSection, tuplesSection } from './report.ts'

/**
 * `npm run bench` writes `RESULTS.md`; with names of parts (`npm run bench -- relations`) it measures those and keeps the
 * rest; with `--quick` it measures little and only prints.
 */
const quick = process.argv.includes('--quick')
const plan = quick ? QUICK : FULL

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const PARTS: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  http: async () => [httpSection(await raceServers(plan.http))],
  rules: async () => [rulesSection(await raceRules(plan))],
  tuples: async () => [tuplesSection(await raceTuples(plan))],
  relations: async () => {
    const http = await raceRelations(plan.relations, say)
    return relationSections({ graph: measureGraph(plan.relations), http })
  },
  authoring: async () => [authoringSection(await measureAuthoring(plan.authoring))],
}

const chosen = process.argv.slice(2).filter(arg => arg !== '--quick')
const unknown = chosen.find(name => !Object.hasOwn(PARTS, name))
if (unknown !== undefined) {
  say(`there is no part \`${unknown}\`: expected some of ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}

const RESULTS = new URL('./RESULTS.md', import.meta.url)
const keeps = !quick && chosen.length > 0 && existsSync(RESULTS)
const sections = new Map(keeps ? sectionsIn(readFileSync(RESULTS, 'utf8')) : [])
for (const [name, measure] of Object.entries(PARTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  say(name)
  for (const [heading, lines] of await measure()) sections.set(heading, lines.join('\n').trim())
}
const text = report(sections)
process.stdout.write(text)
if (!quick) writeFileSync(RESULTS, text)
process.exit()
