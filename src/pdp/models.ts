import { Generations } from '../lib/generations.ts'
import { hexOf, ulidOf } from '../lib/ulid.ts'
import type { JsonObject } from '../policy/json.ts'
import type { Graph } from '../relations/graph.ts'
import { jsonOfModel, type Model, modelOfJson, parseModel } from '../relations/model.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { putModel } from './relations.ts'
import type { Service } from './service.ts'

const PREFIX = 'model_'

/** Our id of a model as a ULID: the same 128 bits. Null for one that was made otherwise. */
export const modelUlid = (id: string): string | null =>
  /^model_[0-9a-f]{32}$/.test(id) ? ulidOf(id.slice(PREFIX.length)) : null

export function modelId(ulid: string): string | null {
  const hex = hexOf(ulid)
  return hex === null ? null : PREFIX + hex
}

/** A model in OpenFGA's JSON form. */
export interface JsonModel {
  readonly id: string
  readonly json: JsonObject
}

/** Makes a model in JSON the current one. Fails as `putModel`, and where the language has no words for it. */
export async function putJsonModel(service: Service, state: OrgState, json: JsonObject): Promise<string> {
  const told = modelOfJson(json)
  if (!told.ok) throw new PdpError('invalid_model', told.why)
  const { id } = await putModel(service.write, state, service.shipped, told.dsl, service.clock())
  return modelUlid(id) ?? id
}

export async function readJsonModel(service: Service, state: OrgState, ulid: string): Promise<JsonModel | null> {
  const id = modelId(ulid)
  const found = id === null ? null : await service.store.model(state.org.slug, id)
  return found === null ? null : { id: ulid, json: jsonOfModel(found.dsl) }
}

/** Newest first; `before` is the id of the last one of the page before. */
export async function listJsonModels(service: Service, state: OrgState, before: string | null, limit: number) {
  const found = await service.store.models(state.org.slug, before === null ? null : modelId(before), limit + 1)
  const models = found.slice(0, limit).flatMap(({ id, dsl }) => {
    const ulid = modelUlid(id)
    return ulid === null ? [] : [{ id: ulid, json: jsonOfModel(dsl) }]
  })
  return { models, more: found.length > limit }
}

const KEPT = 20
const views = new WeakMap<OrgState, Generations<string, Graph>>()

/**
 * The tuples of a state in memory as one of its models sees them: the current one, or an older one. Null where it has no
 * such.
 */
export function graphOf(service: Service, state: OrgState, ulid: string | null): Graph | null | Promise<Graph | null> {
  if (state.away !== null) throw new Error('a graph was looked for of relations that a server has')
  if (state.model === null || state.graph === null) return null
  const id = ulid === null ? state.model.id : modelId(ulid)
  if (id === state.model.id) return state.graph
  if (id === null) return null
  const known = views.get(state) ?? new Generations<string, Graph>(KEPT)
  views.set(state, known)
  return known.get(id) ?? viewed(service, state, id, known)
}

async function viewed(service: Service, state: OrgState, id: string, known: Generations<string, Graph>) {
  const found = await service.store.model(state.org.slug, id)
  const parsed = found === null ? null : parseModel(found.dsl)
  if (parsed?.ok !== true || state.graph === null) return null
  const view = state.graph.withModel(parsed.model)
  known.set(id, view)
  return view
}

/** One of the models of an org: the current one, or an older one. Null where it has no such. */
export async function modelNamed(service: Service, state: OrgState, ulid: string | null): Promise<NamedModel | null> {
  if (state.model === null) return null
  const id = ulid === null ? state.model.id : modelId(ulid)
  if (id === state.model.id) return state.model
  const found = id === null ? null : await service.store.model(state.org.slug, id)
  const parsed = found === null ? null : parseModel(found.dsl)
  return found !== null && parsed?.ok === true ? { id: found.id, model: parsed.model } : null
}

export interface NamedModel {
  readonly id: string
  readonly model: Model
}
