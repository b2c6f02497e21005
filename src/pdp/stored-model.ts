import { type Model, parseModel } from '../relations/model.ts'

/** A version of a model, as an org has it. */
export interface StoredModel {
  readonly id: string
  readonly dsl: string
  readonly model: Model
}

/** Models by their text: orgs that have the same one share it, and what is worked out of it, as long as one of them uses it. */
const inUse = new Map<string, { readonly dsl: string; readonly model: WeakRef<Model> }>()
/** Texts whose models nobody uses are given up when there are as many as this. */
let most = 64

/** INVARIANT: a stored model was accepted when it was written, so one that cannot be read is a broken store. */
export function readModel(id: string, dsl: string): StoredModel {
  const known = inUse.get(dsl)
  const shared = known?.model.deref()
  if (known !== undefined && shared !== undefined) return { id, dsl: known.dsl, model: shared }
  const parsed = parseModel(dsl)
  if (!parsed.ok) throw new Error(`stored model \`${id}\` is not readable: ${parsed.problems[0]?.message ?? ''}`)
  if (inUse.size >= most) {
    for (const [text, { model }] of inUse) if (model.deref() === undefined) inUse.delete(text)
    most = Math.max(64, inUse.size * 2)
  }
  inUse.set(dsl, { dsl, model: new WeakRef(parsed.model) })
  return { id, dsl, model: parsed.model }
}
