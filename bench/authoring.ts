import { setImmediate as nextTurn } from 'node:timers/promises'
import { createMemoryNotifier } from '../src/adapters/notifier-memory.ts'
import { openStore } from '../src/adapters/store.ts'
import { compileFor, type OrgState } from '../src/pdp/org.ts'
import { publishPolicy } from '../src/pdp/policies.ts'
import { putModel } from '../src/pdp/relations.ts'
import { createService } from '../src/pdp/service.ts'
import type { Request } from '../src/policy/request.ts'
import { parseModel } from '../src/relations/model.ts'
import { buildPolicy, editedRequest, MODEL } from './cases/policy.ts'
import { shippedRules } from './ours.ts'

/** What an author waits for, in nanoseconds, one sample a round. */
export interface AuthoringRow {
  readonly name: string
  readonly rules: number
  readonly samples: readonly number[]
}

export interface AuthoringPlan {
  readonly rules: readonly number[]
  readonly rounds: number
}

const ORG = { slug: 'bench', name: 'Bench', zone: 'Europe/Berlin' }

/** Compiling a policy from nothing, and the time from an edit's publishing to the first decision under it. */
export async function measureAuthoring({ rules: sizes, rounds }: AuthoringPlan): Promise<readonly AuthoringRow[]> {
  const rows: AuthoringRow[] = []
  for (const rules of sizes) {
    rows.push({ name: 'compile, nothing known', rules, samples: compileCold(rules, Math.min(rounds, 5)) })
    rows.push({ name: 'publish one edited rule → first decision', rules, samples: await publishEdits(rules, rounds) })
  }
  return rows
}

function compileCold(rules: number, rounds: number): readonly number[] {
  const parsed = parseModel(MODEL)
  if (!parsed.ok) throw new Error('the model of the case is wrong')
  const text = buildPolicy(rules)
  return Array.from({ length: rounds }, () => {
    const start = process.hrtime.bigint()
    const compiled = compileFor(ORG, parsed.model, text)
    const took = Number(process.hrtime.bigint() - start)
    if (compiled.rules.length !== rules || compiled.diagnostics.length > 0) throw new Error('a rule was not understood')
    return took
  })
}

async function publishEdits(rules: number, rounds: number): Promise<readonly number[]> {
  const store = await openStore({ kind: 'memory' })
  const service = createService({
    store,
    notifier: createMemoryNotifier(),
    log: { append: () => undefined, lost: () => undefined, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: Date.now,
    shipped: shippedRules(),
    bootstrapHash: '',
    staleAfter: null,
  })
  try {
    await service.createOrg(ORG)
    const state = await service.orgs.get(ORG.slug)
    await putModel(service.write, state, service.shipped, MODEL, 1)
    await publish(state, service.write, buildPolicy(rules, 0))
    const samples: number[] = []
    for (let edition = 1; edition <= rounds; edition += 1) {
      globalThis.gc?.()
      const request: Request = { ...editedRequest(edition), org: ORG.slug, at: Date.now() }
      if ((await service.decide(state, request)).effect === 'allow')
        throw new Error('the edit decides before it is published')
      const text = buildPolicy(rules, edition)
      const before = state.policy.version
      const start = process.hrtime.bigint()
      const publishing = publish(state, service.write, text)
      while (state.policy.version === before) await nextTurn()
      const { effect } = await service.decide(state, request)
      samples.push(Number(process.hrtime.bigint() - start))
      if (effect !== 'allow') throw new Error('the edit does not decide')
      await publishing
    }
    return samples
  } finally {
    await store.close()
  }
}

const publish = (state: OrgState, write: Parameters<typeof publishPolicy>[0], text: string) =>
  publishPolicy(write, state, { text, author: 'bench', note: '', expectedVersion: null })
