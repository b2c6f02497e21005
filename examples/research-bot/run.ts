/** `node examples/research-bot/run.ts` beside a service that runs: URL, LUMOAUTH_KEY and ORG say where. */
import { tellStory } from './story.ts'

const { URL: url = 'http://localhost:8080', LUMOAUTH_KEY: adminKey = '', ORG: org = 'research' } = process.env
const outcome = await tellStory({ url, org, adminKey }, line => process.stdout.write(`- ${line}\n`))
process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`)
