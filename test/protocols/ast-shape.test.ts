import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import type {
  Condition,
  Definition,
  ResourcePhrase,
  Rule,
  Statement,
  SubjectPhrase,
  Term,
} from '../../src/policy/ast.ts'
import { astJson } from '../../src/policy/ast-json.ts'
import {
  type condition,
  type definition,
  type resourcePhrase,
  type rule,
  statement,
  type subjectPhrase,
  type term,
} from '../../src/protocols/manage/ast-shape.ts'
import { rules } from '../language/arbitrary.ts'
import { testVocabulary } from '../language/vocabulary.ts'

type Writable<T> = T extends bigint | string | number | boolean | null
  ? T
  : { -readonly [K in keyof T]: Writable<T[K]> }
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type IsAny<T> = 0 extends 1 & T ? true : false
type Agrees<Shape extends z.ZodType, Node> =
  IsAny<z.output<Shape>> extends true ? false : Same<Writable<z.output<Shape>>, Writable<Node>>

const agrees: {
  readonly term: Agrees<typeof term, Term>
  readonly condition: Agrees<typeof condition, Condition>
  readonly subject: Agrees<typeof subjectPhrase, SubjectPhrase>
  readonly resource: Agrees<typeof resourcePhrase, ResourcePhrase>
  readonly rule: Agrees<typeof rule, Rule>
  readonly definition: Agrees<typeof definition, Definition>
  readonly statement: Agrees<typeof statement, Statement>
} = { term: true, condition: true, subject: true, resource: true, rule: true, definition: true, statement: true }

test('an AST comes back from its JSON as it was', () => {
  fc.assert(
    fc.property(rules(testVocabulary()), made => {
      const json: unknown = JSON.parse(JSON.stringify(astJson(made)))
      assert.deepEqual(statement.parse(json), made)
    }),
    { numRuns: 300 },
  )
})

test('the published shape and the AST are one type', () => {
  assert.ok(Object.values(agrees).every(Boolean))
})
