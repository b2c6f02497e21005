import { z } from 'zod'
import type { TrustConfig } from '../../agents/trust.ts'
import type { TrustSurroundings } from '../../agents/trust-check.ts'
import { nameOf } from '../../pdp/keys.ts'
import { agentNamed } from '../../pdp/registering.ts'
import type { ReviewTokens } from '../../pdp/review-token.ts'
import type { Service } from '../../pdp/service.ts'
import {
  addTrustConfig,
  changeTrustConfig,
  type Kept,
  removeTrustConfig,
  trustConfigOf,
} from '../../pdp/trust-configs.ts'
import { type Route, route } from '../route.ts'
import { trustBody, trustCreate, trustFrom, trustShown, trustUpdate, trustWith } from './trust-shape.ts'

const base = '/orgs/{org}/api/v1/admin/agents/{id}/trust-configs'
const tag = 'agents'
const read = { scope: 'org', act: { action: 'read', type: 'org_credential' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_credential' } } as const

const kept = z.object({ data: trustBody, warnings: z.array(z.string()) })

/** Which workloads an agent is. `around` says of an org what its configurations are checked against. */
export function trustConfigRoutes(
  service: Service,
  around: (org: string) => TrustSurroundings,
  tokens: Pick<ReviewTokens, 'seal'>,
): readonly Route[] {
  const shown = (status: number, { agent, config, warnings }: Kept) => ({
    status,
    body: { data: trustShown(agent.id, config), warnings: [...warnings] },
    headers: { etag: `"${agent.version}"` },
  })
  const sealed = <T extends { readonly token_review?: { readonly token: string } | null | undefined }>(
    org: string,
    body: T,
  ): T => {
    const review = body.token_review
    return review == null ? body : { ...body, token_review: { ...review, token: tokens.seal(org, review.token) } }
  }
  return [
    route({
      operation: 'listTrustConfigs',
      method: 'GET',
      path: base,
      tag,
      summary: "Whose platform tokens stand for an agent; `If-Match` of changes takes the agent's version",
      needs: read,
      answers: { 200: { description: 'configurations', schema: z.object({ data: z.array(trustBody) }) } },
      handle({ state, params }) {
        const agent = agentNamed(state, params.id ?? '')
        const data = agent.workloads.map(config => trustShown(agent.id, config))
        return { status: 200, body: { data }, headers: { etag: `"${agent.version}"` } }
      },
    }),
    route({
      operation: 'createTrustConfig',
      method: 'POST',
      path: base,
      tag,
      summary: 'Let a workload be an agent; what would let in others is refused',
      needs: write,
      body: trustCreate,
      answers: { 201: { description: 'the configuration, and what to know of it', schema: kept } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const said = trustFrom(sealed(state.org.slug, body))
        return shown(201, await addTrustConfig(service, state, params.id ?? '', said, around(state.org.slug), editor))
      },
    }),
    route({
      operation: 'getTrustConfig',
      method: 'GET',
      path: `${base}/{config}`,
      tag,
      summary: 'One configuration',
      needs: read,
      answers: { 200: { description: 'the configuration', schema: z.object({ data: trustBody }) } },
      handle({ state, params }) {
        const agent = agentNamed(state, params.id ?? '')
        const data = trustShown(agent.id, trustConfigOf(agent, params.config ?? ''))
        return { status: 200, body: { data }, headers: { etag: `"${agent.version}"` } }
      },
    }),
    route({
      operation: 'updateTrustConfig',
      method: 'PATCH',
      path: `${base}/{config}`,
      tag,
      summary: 'Change a configuration; tokens the agent holds end',
      needs: write,
      body: trustUpdate,
      answers: { 200: { description: 'the configuration, and what to know of it', schema: kept } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        const { id = '', config = '' } = params
        const change = (before: TrustConfig) => trustWith(before, sealed(state.org.slug, body))
        return shown(200, await changeTrustConfig(service, state, id, config, change, around(state.org.slug), editor))
      },
    }),
    route({
      operation: 'deleteTrustConfig',
      method: 'DELETE',
      path: `${base}/{config}`,
      tag,
      summary: 'Remove a configuration; tokens the agent holds end',
      needs: write,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        await removeTrustConfig(service, state, params.id ?? '', params.config ?? '', editor)
        return { status: 204 }
      },
    }),
  ]
}
