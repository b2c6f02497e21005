import { z } from 'zod'
import type { Analysis, Example } from '../../pdp/analysis.ts'

const effect = z.enum(['allow', 'deny', 'escalate'])

/** `request` is a body of the AuthZEN evaluation endpoint. */
const example = z.object({
  request: z.object({
    subject: z.object({ type: z.string(), id: z.string() }),
    action: z.object({ name: z.string() }),
    resource: z.object({ type: z.string(), id: z.string().nullable() }),
    context: z.record(z.string(), z.json()),
  }),
  tuples: z.array(z.object({ object: z.string(), relation: z.string(), user: z.string() })),
  attributes: z.array(z.object({ entity: z.string(), name: z.string(), value: z.json() })),
  before: effect.nullable(),
  effect,
  text: z.string(),
})

const finding = z.object({
  kind: z.enum(['never-matches', 'contradicts', 'shadowed', 'duplicate', 'wider', 'narrower']),
  rules: z.array(z.object({ id: z.string(), sentence: z.string() })),
  text: z.string(),
  clause: z.string().nullable(),
  because: z.array(z.string()),
  example: example.nullable(),
})

export const analysis = z.object({
  findings: z.array(finding),
  more: z.int(),
  complete: z.boolean(),
  unknown: z.array(z.string()),
})

export const analysisBody = ({ findings, ...rest }: Analysis) => ({
  ...rest,
  findings: findings.map(found => ({
    kind: found.kind,
    rules: found.rules,
    text: found.text,
    clause: found.kind === 'never-matches' ? found.clause : null,
    because: found.kind === 'never-matches' ? found.because : [],
    example: found.example === null ? null : exampleBody(found.example),
  })),
})

function exampleBody({ request, ...rest }: Example) {
  const { subject, action, resource, actors, context, at } = request
  const told = Object.fromEntries([
    ...Object.entries(context),
    ['time', new Date(at).toISOString()],
    ...(actors.length === 0 ? [] : [['actors', actors]]),
  ])
  const what = { type: resource.type, id: resource.id }
  const who = { type: subject.type, id: subject.id }
  return { ...rest, request: { subject: who, action: { name: action }, resource: what, context: told } }
}
