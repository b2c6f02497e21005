import type { Change, StoredTuple } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { isZone } from '../lib/zone.ts'
import type { Trace, Verdict } from '../policy/decision.ts'
import { type Entity, parseEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { Request, Resource, Subject } from '../policy/request.ts'
import { parseModel } from '../relations/model.ts'
import { validateTuple } from '../relations/tuple.ts'
import { attributeChange } from './attributes.ts'
import { check } from './check.ts'
import { PdpError } from './errors.ts'
import { explainNow } from './explain.ts'
import { applyChange, compileFor, stateOf } from './org.ts'
import { checkPolicy, refuseFaults } from './policies.ts'
import { type Found, type Page, type Sought, search } from './search.ts'
import type { Shipped } from './shipped.ts'

/** A question to an embedded engine. Entities are `type:id`; a resource that is a bare type asks about the type. */
export interface Asked {
  readonly subject: string | Subject
  /** Who acts for the subject, nearest to it first. */
  readonly actors?: readonly string[]
  readonly action: string
  readonly resource: string | Resource
  readonly context?: JsonObject
  /** Milliseconds since the epoch; left out: now. */
  readonly at?: number
}

export type EmbeddedTuple = TupleText & Partial<Pick<StoredTuple, 'condition'>>

export interface EmbeddedOptions {
  /** The org the rules mean by `the org`. */
  readonly org?: string
  /** An IANA time zone: the one of rules that name none. */
  readonly zone?: string
  /** An OpenFGA model, schema 1.1 or 1.2. */
  readonly model?: string
  /** Rules and definitions in English. */
  readonly policy?: string
  readonly tuples?: Iterable<EmbeddedTuple>
  /** By entity, as `{ "user:alice": { "level": 3 } }`. */
  readonly attributes?: Readonly<Record<string, JsonObject>>
}

/**
 * The engine of the service in this process, over what it is given and keeps in memory. Synchronous: a check that comes
 * after a write sees it. Whatever counts uses or needs a person (limits, approvals) is unknown here, and fails closed.
 */
export interface Embedded {
  check(asked: Asked): Verdict
  explain(asked: Asked): Trace
  /** What, put in the place of the member that is sought, would be allowed; a page at a time. */
  search(asked: Asked, sought: Sought, page?: Page): Found
  /** All or none. A tuple that is there already, or is not there to be deleted, is left as it is. Fails with `invalid_tuple`, `model_missing`. */
  write(tuples: { readonly writes?: readonly EmbeddedTuple[]; readonly deletes?: readonly TupleText[] }): void
  /** Sets what is given and removes what is null. Fails with `invalid_attribute`. */
  setAttributes(entity: string, patch: JsonObject): void
  /** Fails with `invalid_policy`, the diagnostics in its detail; the old rules go on then. */
  publish(policy: string): void
  /** Fails with `invalid_model`, `model_conflict`; the old model goes on then. */
  setModel(dsl: string): void
  /** Counts what was changed. */
  readonly revision: number
}

const FIRST_PAGE: Page = { limit: 1_000, token: null }

export function embed(shipped: Shipped, clock: Clock, options: EmbeddedOptions = {}): Embedded {
  const { org = 'local', zone = 'UTC', model, policy, tuples = [], attributes = {} } = options
  if (!isZone(zone)) throw new PdpError('invalid_zone', `\`${zone}\` is not an IANA time zone`)
  const state = stateOf(
    {
      ...{ org: { slug: org, name: org, zone }, revision: 0, model: null, policy: null },
      ...{ keys: [], attributes: [], tuples: [] },
    },
    shipped,
  )
  const make = (change: Change): void =>
    applyChange(state, { revision: state.revision + 1, at: clock(), change }, shipped)
  const requestOf = ({ subject, actors = [], action, resource, context = {}, at = clock() }: Asked): Request => ({
    org,
    subject: typeof subject === 'string' ? entityIn(subject) : subject,
    actors: actors.map(entityIn),
    action,
    resource: typeof resource === 'string' ? resourceIn(resource) : resource,
    context,
    at,
  })

  const engine: Embedded = {
    check: asked => check(state, requestOf(asked)).verdict,
    explain: asked => explainNow(state, requestOf(asked)),
    search: (asked, sought, page = FIRST_PAGE) => search(state, requestOf(asked), sought, page),
    write({ writes = [], deletes = [] }) {
      const model = state.model?.model
      if (model === undefined) throw new PdpError('model_missing', 'there is no model yet; set one before its tuples')
      for (const tuple of writes) {
        const problem = validateTuple(model, { condition: null, ...tuple })
        if (problem !== null) throw new PdpError('invalid_tuple', problem.message, { ...tuple })
      }
      make({ kind: 'tuples', writes: writes.map(tuple => ({ condition: null, ...tuple })), deletes })
    },
    setAttributes: (entity, patch) => make(attributeChange(entityIn(entity), patch)),
    publish(text) {
      refuseFaults(checkPolicy(state, text), 'the policy has errors; the rules stay as they were')
      make({ kind: 'policy', version: state.policy.version + 1, text, author: '', note: '' })
    },
    setModel(dsl) {
      const parsed = parseModel(dsl)
      if (!parsed.ok) {
        const problems = JSON.parse(JSON.stringify(parsed.problems))
        throw new PdpError('invalid_model', parsed.problems[0]?.message ?? 'the model has errors', { problems })
      }
      const faults = compileFor(state.org, parsed.model, state.policy.text).diagnostics
      if (faults.some(d => d.severity === 'error')) {
        const diagnostics = JSON.parse(JSON.stringify(faults))
        throw new PdpError('model_conflict', 'the rules would not compile under this model', { diagnostics })
      }
      make({ kind: 'model', id: `model-${state.revision + 1}`, dsl })
    },
    get revision() {
      return state.revision
    },
  }

  if (model !== undefined) engine.setModel(model)
  if (policy !== undefined) engine.publish(policy)
  for (const [entity, patch] of Object.entries(attributes)) engine.setAttributes(entity, patch)
  const first = [...tuples]
  if (first.length > 0) engine.write({ writes: first })
  return engine
}

function entityIn(text: string): Entity {
  const entity = parseEntity(text)
  if (entity === null) throw new PdpError('invalid_request', `\`${text}\` is no entity; expected \`type:id\``)
  return entity
}

const resourceIn = (text: string): Resource => parseEntity(text) ?? { type: text, id: null }
