import { z } from 'zod'
import type { Condition, Definition, ResourcePhrase, Rule, Statement, SubjectPhrase, Term } from '../../policy/ast.ts'
import { attributeType, calendar, entity, network, plainConditions, region, schedule, word } from './ast-value.ts'

/** The AST of src/policy/ast.ts as JSON. Parsing gives the AST itself; what nests without end is bounded by the body. */

type Writable<T> = T extends bigint | string | number | boolean | null
  ? T
  : { -readonly [K in keyof T]: Writable<T[K]> }
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type IsAny<T> = 0 extends 1 & T ? true : false
type Agrees<Shape extends z.ZodType, Node> =
  IsAny<z.output<Shape>> extends true ? false : Same<Writable<z.output<Shape>>, Writable<Node>>

/** A shape as what it takes. Does not compile where shape and node differ, in either direction. */
const exactly =
  <Node>() =>
  <Shape extends z.ZodType<Node>>(
    shape: Shape & (Agrees<Shape, Node> extends true ? unknown : never),
  ): z.ZodType<Node> =>
    shape

const parts = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(1000)

const termShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('subject') }),
    z.strictObject({ kind: z.literal('resource') }),
    z.strictObject({ kind: z.literal('org') }),
    z.strictObject({ kind: z.literal('entity'), entity }),
    z.strictObject({
      kind: z.literal('some'),
      type: word,
      relation: word,
      get of() {
        return term
      },
    }),
    z.strictObject({
      kind: z.literal('holder'),
      type: word,
      relation: word,
      get on() {
        return term
      },
    }),
  ])
  .meta({ id: 'AstTerm' })
export const term: z.ZodType<Term> = exactly<Term>()(termShape)

const conditionShape = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('all'),
      get of() {
        return parts(condition)
      },
    }),
    z.strictObject({
      kind: z.literal('any'),
      get of() {
        return parts(condition)
      },
    }),
    z.strictObject({
      kind: z.literal('not'),
      get of() {
        return condition
      },
    }),
    z.strictObject({ kind: z.literal('related'), object: term, relation: word, user: term }),
    ...plainConditions,
  ])
  .meta({ id: 'AstCondition' })
export const condition: z.ZodType<Condition> = exactly<Condition>()(conditionShape)

const subjectPhraseShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('anyone') }),
    z.strictObject({ kind: z.literal('type'), type: word, where: condition.nullable() }),
    z.strictObject({ kind: z.literal('named'), entity }),
    z.strictObject({ kind: z.literal('role'), relation: word, on: term }),
    z.strictObject({ kind: z.literal('group'), name: word, type: word, where: condition }),
    z.strictObject({
      kind: z.literal('any-of'),
      get of() {
        return parts(subjectPhrase)
      },
    }),
    z.strictObject({
      kind: z.literal('except'),
      get of() {
        return subjectPhrase
      },
      get but() {
        return subjectPhrase
      },
    }),
    z.strictObject({
      kind: z.literal('acting'),
      get actor() {
        return subjectPhrase
      },
      get for() {
        return subjectPhrase
      },
    }),
  ])
  .meta({ id: 'AstSubjectPhrase' })
export const subjectPhrase: z.ZodType<SubjectPhrase> = exactly<SubjectPhrase>()(subjectPhraseShape)

const resourcePhraseShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('anything') }),
    z.strictObject({ kind: z.literal('type'), type: word, where: condition.nullable() }),
    z.strictObject({ kind: z.literal('named'), entity }),
    z.strictObject({
      kind: z.literal('any-of'),
      get of() {
        return parts(resourcePhrase)
      },
    }),
    z.strictObject({
      kind: z.literal('except'),
      get of() {
        return resourcePhrase
      },
      get but() {
        return resourcePhrase
      },
    }),
  ])
  .meta({ id: 'AstResourcePhrase' })
export const resourcePhrase: z.ZodType<ResourcePhrase> = exactly<ResourcePhrase>()(resourcePhraseShape)

const approver = z.strictObject({ relation: word.nullable(), on: term }).meta({ id: 'AstApprover' })

const ruleShape = z
  .strictObject({
    kind: z.literal('rule'),
    effect: z.enum(['permit', 'forbid', 'only', 'approval']),
    subject: subjectPhrase,
    actions: z.array(word).min(1).max(1000).nullable(),
    resource: resourcePhrase,
    condition: condition.nullable(),
    approver: approver.nullable(),
  })
  .meta({ id: 'AstRule' })
export const rule: z.ZodType<Rule> = exactly<Rule>()(ruleShape)

const attributes = z.array(z.strictObject({ name: word, type: attributeType })).max(1000)

const definitionShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('synonym'), word, means: word }),
    z.strictObject({ kind: z.literal('type'), type: word }),
    z.strictObject({ kind: z.literal('attributes'), type: word, attributes }),
    z.strictObject({ kind: z.literal('network'), network }),
    z.strictObject({ kind: z.literal('schedule'), schedule }),
    z.strictObject({ kind: z.literal('region'), region }),
    z.strictObject({ kind: z.literal('calendar'), calendar }),
    z.strictObject({ kind: z.literal('name'), name: word, entity }),
    z.strictObject({ kind: z.literal('verb'), verb: word, type: word.nullable(), means: parts(word) }),
    z.strictObject({ kind: z.literal('role'), relation: word, type: word.nullable(), also: word }),
    z.strictObject({ kind: z.literal('group'), name: word, type: word, where: condition }),
  ])
  .meta({ id: 'AstDefinition' })
export const definition: z.ZodType<Definition> = exactly<Definition>()(definitionShape)

/** One sentence: a rule or a definition. */
const statementShape = z.discriminatedUnion('kind', [ruleShape, definitionShape]).meta({ id: 'AstStatement' })
export const statement: z.ZodType<Statement> = exactly<Statement>()(statementShape)
