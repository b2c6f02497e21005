import { z } from 'zod'
import { parseEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import { writeAttributes } from './attributes.ts'
import { PdpError } from './errors.ts'
import { publishPolicy } from './policies.ts'
import { putModel, writeTuples } from './relations.ts'
import type { Service } from './service.ts'

export interface DemoTexts {
  readonly model: string
  readonly policy: string
  /** JSON: `tuples` as `object#relation@user`, `attributes` by `type:id`. */
  readonly facts: string
}

export const DEMO_ORG = { slug: 'acme-corp', name: 'Acme Corp', zone: 'Europe/Berlin' } as const

const facts = z.object({
  tuples: z.array(z.string()),
  attributes: z.record(z.string(), z.record(z.string(), z.json())),
})

/** Makes the demo org through the same use cases the API offers; what a cut-off attempt left is completed. */
export async function loadDemo(service: Service, texts: DemoTexts): Promise<void> {
  await service.createOrg(DEMO_ORG).catch((error: unknown) => {
    if (!(error instanceof PdpError) || error.code !== 'org_exists') throw error
  })
  const state = await service.orgs.get(DEMO_ORG.slug)
  await putModel(service.write, state, service.shipped, texts.model, service.clock())
  const { tuples, attributes } = facts.parse(JSON.parse(texts.facts))
  await writeTuples(service.write, state, tuples.map(parseTupleLine), [], 'ignore')
  for (const [name, values] of Object.entries(attributes)) {
    const entity = parseEntity(name)
    if (entity === null) throw new Error(`\`${name}\` in the demo's facts is no entity`)
    await writeAttributes(service.write, state, entity.type, entity.id, values as JsonObject)
  }
  const demo = { text: texts.policy, author: 'demo', note: 'the demo', expectedVersion: null }
  await publishPolicy(service.write, state, demo)
}

function parseTupleLine(line: string) {
  const [, object = '', relation = '', user = ''] = /^([^#]+)#([^@]+)@(.+)$/.exec(line) ?? []
  return { object, relation, user, condition: null }
}
