import assert from 'node:assert/strict'
import { type Entity, parseEntity } from '../../src/policy/entity.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Holder } from '../../src/policy/question.ts'
import { type CheckOptions, createGraph, type Graph, type RelationUser, type Tuple } from '../../src/relations/graph.ts'
import { type Model, parseModel } from '../../src/relations/model.ts'
import { parseUser } from '../../src/relations/tuple.ts'

/** A model from its lines: `type …` and `define …`. A type `user` is always there. */
export function dsl(...lines: readonly string[]): string {
  const out = ['model', '  schema 1.1', 'type user']
  for (const line of lines) {
    if (line.startsWith('type ')) out.push(line)
    else {
      if (out.at(-1)?.startsWith('type ')) out.push('  relations')
      out.push(`    ${line}`)
    }
  }
  return `${out.join('\n')}\n`
}

export function modelOf(text: string): Model {
  const parsed = parseModel(text)
  assert.deepEqual(parsed.ok ? [] : parsed.problems, [])
  return parsed.ok ? parsed.model : assert.fail()
}

/** `document:1 viewer user:ann`, also `… with c`, also `… with c {"x":1}`. */
export function tupleOf(text: string): Tuple {
  const [object = '', relation = '', user = '', , condition, context = '{}'] = text.split(' ')
  const held = condition === undefined ? null : { name: condition, context: JSON.parse(context) as JsonObject }
  return { object, relation, user, condition: held }
}

export function graphOf(model: string | Model, ...tuples: readonly string[]): Graph {
  const graph = createGraph(typeof model === 'string' ? modelOf(model) : model)
  for (const tuple of tuples) assert.ok(graph.write(tupleOf(tuple)), tuple)
  return graph
}

export const entity = (text: string): Entity => parseEntity(text) ?? assert.fail(text)

/**
 * `user:ann`, `user:*`, `team:eng#member`, `some team member user:ann` (teams of which ann is a member), or
 * `the user manager user:ann` (users who are manager of ann), nested at will.
 */
export function userOf(text: string): Holder | RelationUser {
  const holder = /^the (\S+) (\S+) (.+)$/.exec(text)
  if (holder !== null) {
    const on = userOf(holder[3] ?? '')
    if (on.kind === 'wildcard' || on.kind === 'set') assert.fail(text)
    return { kind: 'holder', type: holder[1] ?? '', relation: holder[2] ?? '', on }
  }
  const some = /^some (\S+) (\S+) (.+)$/.exec(text)
  if (some !== null) {
    const of = userOf(some[3] ?? '')
    if (of.kind === 'wildcard' || of.kind === 'set') assert.fail(text)
    return { kind: 'some', type: some[1] ?? '', relation: some[2] ?? '', of }
  }
  return parseUser(text) ?? assert.fail(text)
}

/** `document:1 viewer user:ann` asked of a graph; the object may be a set in brackets. */
export function check(graph: Graph, question: string, options?: CheckOptions) {
  const [, set, one = '', relation = '', user = ''] = /^(?:\[(.+?)\]|(\S+)) (\S+) (.+)$/.exec(question) ?? []
  const object = set === undefined ? entity(one) : userOf(set)
  if ('kind' in object && object.kind !== 'some' && object.kind !== 'holder') assert.fail(question)
  return graph.check(object, relation, userOf(user), options)
}
