import { z } from 'zod'
import { attributeType, calendar, entity, network, plainConditions, region, schedule, word } from './ast-value.ts'

/** The AST of src/policy/ast.ts as JSON. Parsing gives the AST itself; what nests without end is bounded by the body. */

const parts = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(1000)

export const term = z
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

export const condition = z
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

export const subjectPhrase = z
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

export const resourcePhrase = z
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

const approver = z.strictObject({ relation: word.nullable(), on: term }).meta({ id: 'AstApprover' })

export const rule = z
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

const attributes = z.array(z.strictObject({ name: word, type: attributeType })).max(1000)

export const definition = z
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

/** One sentence: a rule or a definition. */
export const statement = z.discriminatedUnion('kind', [rule, definition]).meta({ id: 'AstStatement' })
