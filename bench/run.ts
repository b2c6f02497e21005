import { writeFileSync } from 'node:fs'
import { measureAuthoring } from './authoring.ts'
import { raceServers } from './http/race.ts'
import { raceRules, raceTuples } from './in-process.ts'
import { FULL, QUICK } from './plan.ts'
import { report } from './report.ts'

/** `npm run bench` writes `RESULTS.md`; with `-- --quick` it measures little and only prints. */
const quick = process.argv.includes('--quick')
const plan = quick ? QUICK : FULL

const say = (text: string): void => void process.stderr.write(`${text}\n`)

say('over HTTP')
const http = await raceServers(plan.http)
say('in process, by rules')
const rules = await raceRules(plan)
say('in process, by tuples')
const tuples = await raceTuples(plan)
say('policy authoring')
const authoring = await measureAuthoring(plan.authoring)
const text = report({ rules, tuples, http, authoring })
process.stdout.write(text)
if (!quick) writeFileSync(new URL('./RESULTS.md', import.meta.url), text)
process.exit()
