import type { Json, JsonObject } from '../policy/json.ts'
import { compile } from './compile.ts'
import type { Model } from './schema.ts'
import { type RawModel, type RawRewrite, transform, write } from './transform.ts'

/** A model in OpenFGA's JSON form as a text in its language; `why` where the language cannot say the very same. */
export function modelOfJson(json: JsonObject): { ok: true; dsl: string } | { ok: false; why: string } {
  const raw = json as RawModel
  const written = write(raw)
  if (!written.ok) return written
  const back = transform(written.dsl)
  if (!back.ok) return { ok: false, why: back.problems[0]?.message ?? 'the model cannot be read' }
  try {
    if (canonical(compile(raw)) !== canonical(compile(back.raw))) {
      return {
        ok: false,
        why: 'OpenFGA’s language has no words for this model; give each relation a rewrite it can say',
      }
    }
  } catch {
    return { ok: false, why: 'the model has not the form of an authorization model' }
  }
  return written
}

/** What a model means, as one text: the order of types, relations and conditions means nothing. */
function canonical(model: Model): string {
  const sorted = <T>(map: ReadonlyMap<string, T>, of: (value: T) => unknown) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, of(value)])
  return JSON.stringify([
    sorted(model.types, type => sorted(type.relations, r => [r.restrictions, r.rewrite])),
    sorted(model.conditions, c => [[...c.parameters].sort((a, b) => (a.name < b.name ? -1 : 1)), c.expression.trim()]),
  ])
}

/** A stored model in JSON, every member of OpenFGA's form present. */
export function jsonOfModel(dsl: string): JsonObject {
  const read = transform(dsl)
  if (!read.ok) throw new Error(`a stored model is not readable: ${read.problems[0]?.message ?? ''}`)
  const { raw } = read
  return {
    schema_version: raw.schema_version ?? '1.1',
    type_definitions: (raw.type_definitions ?? []).map(type => ({
      type: type.type,
      relations: mapped(type.relations ?? {}, fullRewrite),
      metadata: type.metadata === null || type.metadata === undefined ? null : fullMetadata(type.metadata),
    })),
    conditions: mapped(raw.conditions ?? {}, c => ({
      name: c.name,
      expression: c.expression,
      parameters: mapped(c.parameters ?? {}, p => ({
        type_name: p.type_name,
        generic_types: (p.generic_types ?? []).map(g => ({ type_name: g.type_name, generic_types: [] })),
      })),
      metadata: null,
    })),
  }
}

const mapped = <T>(of: Readonly<Record<string, T>>, to: (value: T) => Json): JsonObject =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]))

function fullMetadata(
  metadata: NonNullable<NonNullable<RawModel['type_definitions']>[number]['metadata']>,
): JsonObject {
  return {
    relations: mapped(metadata.relations ?? {}, r => ({
      directly_related_user_types: (r.directly_related_user_types ?? []).map(u => ({
        type: u.type,
        ...(u.relation !== undefined && u.relation !== '' && { relation: u.relation }),
        ...(u.wildcard !== undefined && { wildcard: {} }),
        condition: u.condition ?? '',
      })),
      module: '',
      source_info: null,
    })),
    module: '',
    source_info: null,
  }
}

function fullRewrite(rewrite: RawRewrite): Json {
  const relation = (r: { readonly relation?: string } | undefined) => ({ object: '', relation: r?.relation ?? '' })
  if (rewrite.computedUserset !== undefined) return { computedUserset: relation(rewrite.computedUserset) }
  if (rewrite.tupleToUserset !== undefined) {
    const { tupleset, computedUserset } = rewrite.tupleToUserset
    return { tupleToUserset: { tupleset: relation(tupleset), computedUserset: relation(computedUserset) } }
  }
  if (rewrite.union !== undefined) return { union: { child: rewrite.union.child.map(fullRewrite) } }
  if (rewrite.intersection !== undefined)
    return { intersection: { child: rewrite.intersection.child.map(fullRewrite) } }
  if (rewrite.difference !== undefined) {
    const { base, subtract } = rewrite.difference
    return { difference: { base: fullRewrite(base), subtract: fullRewrite(subtract) } }
  }
  return { this: {} }
}
