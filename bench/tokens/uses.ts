import type { ChildProcess } from 'node:child_process'
import type { Load } from '../http/load.ts'
import { bodiesFor, FORM } from './cases.ts'
import type { TokensPlan } from './plan.ts'
import { middleOf, type Sample, sampleOf } from './race.ts'
import { type Got, type Issuing, post } from './servers.ts'

/** What is done with tokens of ours, medians over the rounds. */
export interface UseRow {
  readonly name: string
  readonly connections: number
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  readonly cpu: number
}

/** Different tokens that are shown, round and round. */
const TOKENS = 256

/** Introspection by the client itself, and checks that a token is shown for. */
export async function measureUses(client: ChildProcess, ours: Issuing, plan: TokensPlan): Promise<readonly UseRow[]> {
  const { clients } = ours
  const [body = ''] = bodiesFor('client_secret_post', clients, 1)
  const params = new URLSearchParams(body)
  const tokens: string[] = []
  for (let n = 0; n < TOKENS; n += 1) {
    tokens.push(((await post(clients.port, clients.path, body)) as Got).access_token)
  }
  // A caller of the service itself shows a token for its own audience.
  params.delete('resource')
  params.set('scope', 'check:org_access')
  const { access_token: bearer } = (await post(clients.port, clients.path, params.toString())) as Got
  const org = clients.path.slice(0, -'/api/v1/oauth/token'.length)
  const base = { client_id: clients.secretId, client_secret: clients.secret }
  const loads: readonly Omit<Load, 'connections' | 'count'>[] = [
    {
      port: clients.port,
      path: `${org}/api/v1/oauth/introspect`,
      headers: FORM,
      bodies: tokens.map(token => new URLSearchParams({ ...base, token }).toString()),
    },
    {
      port: clients.port,
      path: `${org}/access/v1/evaluation`,
      headers: { authorization: `Bearer ${bearer}` },
      bodies: Array.from({ length: TOKENS }, (_, n) =>
        JSON.stringify({
          subject: { type: 'user', id: `user-${n}` },
          action: { name: 'view' },
          resource: { type: 'document', id: `document-${n}` },
        }),
      ),
    },
  ]
  const names = ['introspect a token', 'check, by bearer token']
  const rows: UseRow[] = []
  for (const [i, load] of loads.entries()) {
    await sampleOf(client, ours, { ...load, connections: 32, count: plan.warm })
    for (const connections of plan.connections) {
      const samples: Sample[] = []
      for (let round = 0; round < plan.rounds; round += 1) {
        samples.push(await sampleOf(client, ours, { ...load, connections, count: plan.count(connections) * 2 }))
      }
      rows.push({ name: names[i] ?? '', connections, ...middleOf(samples) })
    }
  }
  return rows
}
