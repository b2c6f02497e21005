import { z } from 'zod'
import { type Decimal, parseDecimal, printDecimal } from '../../lib/decimal.ts'

/** A word, name or value: any text that is not empty, of a length a sentence could hold. */
export const word = z.string().min(1).max(1024)

/** Exact, so it travels as text: `10000`, `-0.5`. */
export const decimal = z.codec(
  z.string().regex(/^-?\d{1,400}(\.\d{1,400})?$/, 'expected a number as text, such as `"10000.50"`'),
  z.custom<Decimal>().meta({ type: 'string' }),
  { decode: text => parseDecimal(text) as Decimal, encode: printDecimal },
)

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day, such as `2026-12-31`')
const currency = z.string().regex(/^[A-Z]{3}$/, 'expected a currency of three letters, such as `USD`')
const values = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(1000)

export const literal = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('text'), text: z.string().max(1024) }),
    z.strictObject({ kind: z.literal('flag'), flag: z.boolean() }),
    z.strictObject({ kind: z.literal('number'), number: decimal }),
    z.strictObject({ kind: z.literal('money'), amount: decimal, currency }),
    z.strictObject({ kind: z.literal('date'), date: day }),
    z.strictObject({ kind: z.literal('quantity'), number: decimal, unit: word }),
  ])
  .meta({ id: 'AstLiteral' })

export const attributeType = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('text') }),
    z.strictObject({ kind: z.literal('flag') }),
    z.strictObject({ kind: z.literal('number') }),
    z.strictObject({ kind: z.literal('money'), currency }),
    z.strictObject({ kind: z.literal('date') }),
    z.strictObject({ kind: z.literal('instant') }),
    z.strictObject({ kind: z.literal('country') }),
    z.strictObject({ kind: z.literal('quantity'), unit: word }),
    z.strictObject({ kind: z.literal('choice'), of: values(word) }),
    z.strictObject({ kind: z.literal('list') }),
  ])
  .meta({ id: 'AstAttributeType' })

export const entity = z.strictObject({ type: word, id: word }).meta({ id: 'AstEntity' })

export const attributeRef = z
  .strictObject({
    kind: z.literal('attribute'),
    of: z.enum(['subject', 'resource', 'context']),
    name: word,
    type: attributeType.nullable(),
  })
  .meta({ id: 'AstAttributeRef' })

const minutes = z.int().min(0).max(1440)
export const weekdays = values(z.literal([1, 2, 3, 4, 5, 6, 7]))
const zone = word.nullable()

export const network = z.strictObject({ name: word.nullable(), ranges: values(word) }).meta({ id: 'AstNetwork' })
export const schedule = z
  .strictObject({ name: word, days: weekdays, from: minutes, to: minutes, zone })
  .meta({ id: 'AstSchedule' })
const country = z.string().regex(/^[A-Z]{2}$/, 'expected a country of two letters, such as `DE`')
export const region = z.strictObject({ name: word.nullable(), countries: values(country) }).meta({ id: 'AstRegion' })
export const calendar = z
  .strictObject({
    name: word,
    days: values(z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, 'expected a day, such as `12-25` or `2026-12-31`')),
  })
  .meta({ id: 'AstCalendar' })
export const duration = z
  .strictObject({
    count: z.int().min(1),
    unit: z.enum(['second', 'minute', 'hour', 'day', 'week', 'month', 'year']),
  })
  .meta({ id: 'AstDuration' })
export const limit = z
  .strictObject({
    amount: literal,
    of: attributeRef.nullable(),
    per: duration,
    window: z.enum(['calendar', 'sliding']),
  })
  .meta({ id: 'AstLimit' })

/** Conditions that hold no others and speak of no term. */
export const plainConditions = [
  z.strictObject({
    kind: z.literal('compare'),
    left: attributeRef,
    op: z.enum(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains']),
    right: z.union([literal, attributeRef]),
  }),
  z.strictObject({ kind: z.literal('one-of'), left: attributeRef, values: values(literal) }),
  z.strictObject({ kind: z.literal('weekday'), days: weekdays, zone }),
  z.strictObject({ kind: z.literal('hours'), from: minutes, to: minutes, zone }),
  z.strictObject({ kind: z.literal('schedule'), schedule }),
  z.strictObject({ kind: z.literal('date'), op: z.enum(['before', 'from', 'on']), date: day, zone }),
  z.strictObject({ kind: z.literal('calendar'), calendar, zone }),
  z.strictObject({
    kind: z.literal('elapsed'),
    direction: z.enum(['since', 'until']),
    instant: attributeRef,
    op: z.enum(['lt', 'le', 'gt', 'ge']),
    duration,
    zone,
  }),
  z.strictObject({ kind: z.literal('network'), network }),
  z.strictObject({ kind: z.literal('place'), of: attributeRef, region }),
  z.strictObject({ kind: z.literal('is'), of: z.enum(['subject', 'resource']), entity }),
  z.strictObject({ kind: z.literal('delegated') }),
  z.strictObject({ kind: z.literal('limit'), limit }),
  z.strictObject({ kind: z.literal('covered') }),
  z.strictObject({ kind: z.literal('budgeted'), by: z.enum(['budget', 'approval']) }),
] as const
