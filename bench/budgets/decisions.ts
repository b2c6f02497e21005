import { newDatabase } from '../../test/support/database.ts'
import { startPostgres } from '../../test/support/services.ts'
import { type BenchNode, openNode, requestOf, withAgents } from './node.ts'

/** What a decision takes, with and without a budget. Times in nanoseconds. */
export interface DecisionRow {
  readonly name: string
  readonly nodes: number
  readonly samples: readonly number[]
  /** Over all nodes. */
  readonly perSecond: number
}

export interface DecisionPlan {
  readonly warm: number
  /** Decisions that are only asked for, and those that are acted on, a node. */
  readonly asks: number
  readonly acts: number
}

const TOKENS = { tokens: 10 }

export async function measureDecisions(plan: DecisionPlan): Promise<readonly DecisionRow[]> {
  const alone = await openNode({ kind: 'memory' })
  await withAgents(alone)
  const rows = [...(await asked([alone], plan)), ...(await acted([alone], plan))]
  await alone.close()
  const postgres = await startPostgres()
  if (postgres.kind !== 'running') return rows
  const url = await newDatabase(postgres.url)
  const target = { kind: 'postgres', url } as const
  const nodes = [await openNode(target), await openNode(target), await openNode(target)]
  await withAgents(nodes[0] as BenchNode)
  rows.push(...(await asked(nodes, plan)), ...(await acted(nodes, plan)))
  for (const node of nodes) await node.close()
  await postgres.stop()
  return rows
}

const asked = async (nodes: readonly BenchNode[], { warm, asks }: DecisionPlan): Promise<readonly DecisionRow[]> => [
  await measure('asked, no budget', nodes, warm, asks, async ({ service }) => {
    const state = await service.orgs.get('acme')
    return () => service.decide(state, requestOf('free'))
  }),
  await measure('asked, two budgets', nodes, warm, asks, async ({ service }) => {
    const state = await service.orgs.get('acme')
    return () => service.decide(state, requestOf('held'))
  }),
]

const acted = async (nodes: readonly BenchNode[], { warm, acts }: DecisionPlan): Promise<readonly DecisionRow[]> => {
  const acting =
    (id: string, context = {}) =>
    async ({ service }: BenchNode) => {
      const state = await service.orgs.get('acme')
      return () => service.act(state, requestOf(id, context), { id: null, until: null })
    }
  return [
    await measure('acted on, no budget', nodes, warm, acts, acting('free')),
    await measure('acted on, two budgets', nodes, warm, acts, acting('held', TOKENS)),
  ]
}

async function measure(
  name: string,
  nodes: readonly BenchNode[],
  warm: number,
  times: number,
  prepare: (node: BenchNode) => Promise<() => unknown>,
): Promise<DecisionRow> {
  const samples: number[] = []
  let seconds = 0
  await Promise.all(
    nodes.map(async node => {
      const once = await prepare(node)
      const run = async (count: number, took: number[] | null): Promise<void> => {
        for (let n = 0; n < count; n += 1) {
          const from = performance.now()
          const made = once()
          if (made instanceof Promise) await made
          took?.push((performance.now() - from) * 1e6)
          // The nodes share a process: each has its turn.
          if (n % 50 === 49) await new Promise(resolve => setImmediate(resolve))
        }
      }
      await run(warm, null)
      const from = performance.now()
      await run(times, samples)
      seconds = Math.max(seconds, (performance.now() - from) / 1000)
    }),
  )
  return { name, nodes: nodes.length, samples, perSecond: (nodes.length * times) / seconds }
}
