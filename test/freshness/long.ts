/**
 * The long run: `npm run freshness -- --checks=1000000 --nodes=3 --seed=7 --redis --size=large`. Ends with 1 where an answer
 * is wrong, and says which. `--nodes=0`: no database and nothing at the same time, for very many checks.
 */
import { parseArgs } from 'node:util'
import { newDatabase } from '../support/database.ts'
import { startPostgres, startRedis } from '../support/services.ts'
import { openTestStore } from '../support/store.ts'
import { runInMemory } from './in-memory-run.ts'
import { runNodes } from './nodes.ts'
import { type Course, type Outcome, runOneNode, type Tell } from './one-node.ts'
import { LARGE, SMALL } from './scene.ts'

const OPTIONS = {
  checks: { type: 'string', default: '1000000' },
  nodes: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  writes: { type: 'string', default: '0.01' },
  seldom: { type: 'string', default: '0.05' },
  rare: { type: 'string', default: '0.002' },
  size: { type: 'string', default: 'small' },
  redis: { type: 'boolean', default: false },
} as const

const ROUND = 20_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function run(): Promise<Outcome> {
  const { values } = parseArgs({ options: OPTIONS })
  const course: Course = {
    size: values.size === 'large' ? LARGE : SMALL,
    seed: Number(values.seed),
    checks: Number(values.checks),
    round: ROUND,
    writes: Number(values.writes),
    mix: { seldom: Number(values.seldom), rare: Number(values.rare) },
    pains: { naive: 20, relations: 5_000 },
  }
  let checks = 0
  const started = performance.now()
  const told: Tell = ({ answers, revisions, wrong }, hitRate) => {
    checks += answers
    const seconds = Math.round((performance.now() - started) / 1000)
    say(
      `${checks} checks after ${seconds} s: ${revisions} revisions, ${(100 * hitRate).toFixed(1)} % from the cache, ${wrong} wrong`,
    )
  }
  const nodes = Number(values.nodes)
  if (nodes === 0) return runInMemory(course, told)
  if (nodes === 1) {
    const store = await openTestStore()
    return runOneNode(store, 'fresh', course, told).finally(() => store.close())
  }
  const [postgres, redis] = [await startPostgres(), values.redis ? await startRedis() : null]
  if (postgres.kind === 'missing' || redis?.kind === 'missing') throw new Error('a service to run on is missing')
  const carrying = { databaseUrl: await newDatabase(postgres.url), redisUrl: redis?.url ?? null, lost: 0.2, late: 50 }
  return runNodes('fresh', nodes, carrying, course, told).finally(async () => {
    await postgres.stop()
    await redis?.stop()
  })
}

const outcome = await run()
say(JSON.stringify(outcome, null, 1))
process.exitCode = outcome.wrong === 0 ? 0 : 1
