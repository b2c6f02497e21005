import { createFetch } from '../../../src/adapters/fetch/guarded.ts'
import type { Agent } from '../../../src/agents/agent.ts'
import type { Provider, TrustConfig } from '../../../src/agents/trust.ts'
import type { Workload } from '../../../src/agents/workload.ts'
import { createRegistry } from '../../../src/facts/registry.ts'
import { createDiscovery } from '../../../src/pdp/discovery.ts'
import { createJwksCache } from '../../../src/pdp/jwks.ts'
import { createSigned } from '../../../src/protocols/workload/signature.ts'
import { createVerifyWorkload, type WorkloadRefusal } from '../../../src/protocols/workload/verify.ts'
import { agentNamed } from '../registered.ts'
import { NOW, US } from './shapes.ts'

/** Verification over real HTTP to what is on loopback, with a clock in the test's hand. */
export function workbench(allow: readonly string[], timeoutMs = 1_000) {
  const state = { now: NOW }
  const clock = () => state.now
  const fetch = createFetch({ allow, timeoutMs })
  const taken = new Set<string>()
  const registry = createRegistry()
  const verifyWith = createVerifyWorkload({
    fetch,
    clock,
    openReviewToken: (_org, sealed) => (sealed === 'another key' ? null : sealed),
    signed: createSigned(createJwksCache(fetch, clock), createDiscovery(fetch, clock)),
    takeOnce: async (org, id) => {
      const isNew = !taken.has(`${org} ${id}`)
      taken.add(`${org} ${id}`)
      return isNew
    },
  })
  return {
    state,
    registry,
    trust(slug: string, workloads: readonly TrustConfig[], more: Partial<Agent> = {}) {
      registry.put(agentNamed(slug, { workloads, ...more }))
    },
    forgetTaken: () => taken.clear(),
    verify: (token: string, provider: Provider | null = null, issuer = US): Promise<Workload | WorkloadRefusal> =>
      verifyWith({ org: 'acme-corp', token, provider, issuer, trusting: registry.trusting }),
  }
}

/** `ok`, or the private code of the refusal. */
export const outcome = (result: Workload | WorkloadRefusal): string => (result.kind === 'workload' ? 'ok' : result.code)
