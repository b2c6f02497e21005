import { z } from 'zod'
import { type Answer, type Route, route } from '../protocols/route.ts'

type Schema = Record<string, unknown>

/** The OpenAPI 3.1 document of these rows; nothing in it is written by hand beside them. */
export function openapiOf(rows: readonly Route[], publicUrl: string, version: string): Schema {
  const shared: Record<string, Schema> = { Error: ERROR }
  const paths: Record<string, Record<string, Schema>> = {}
  for (const row of rows) {
    paths[row.path] = { ...paths[row.path], [row.method.toLowerCase()]: operationOf(row, shared) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'LumoAuth', version, description: 'Authorization for AI agents, services and people.' },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: shared,
      parameters: PARAMETERS,
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  }
}

function operationOf(row: Route, shared: Record<string, Schema>): Schema {
  const responses: Record<string, Schema> = {}
  for (const [status, answer] of Object.entries(row.answers)) responses[status] = answerOf(answer, shared)
  responses.default = {
    description: 'an error',
    content: { 'application/json': { schema: row.errors?.body?.schema ?? ENVELOPE } },
  }
  return {
    operationId: row.operation,
    tags: [row.tag],
    summary: row.summary,
    parameters: parametersOf(row, shared),
    ...(row.body !== undefined && { requestBody: bodyOf(row, row.body, shared) }),
    responses,
    ...(row.needs === 'public'
      ? { security: [] }
      : { security: [{ apiKey: [] }, { bearer: [] }], 'x-lumoauth-needs': row.needs }),
  }
}

function bodyOf(row: Route, body: z.ZodType, shared: Record<string, Schema>): Schema {
  const schema = schemaOf(body, 'input', shared)
  const content: Record<string, Schema> = {
    ...(row.form !== undefined && { [row.form.type ?? 'application/x-www-form-urlencoded']: { schema } }),
    ...((row.form === undefined || row.form.json !== null) && { 'application/json': { schema } }),
  }
  if (row.textBody !== undefined) content['text/plain'] = { schema: { type: 'string' } }
  return { required: row.optionalBody !== true, content }
}

function answerOf({ description, schema, text, types = [], events }: Answer, shared: Record<string, Schema>): Schema {
  const content = {
    ...(schema !== undefined && { 'application/json': { schema: schemaOf(schema, 'output', shared) } }),
    ...(text === true && { 'text/plain': { schema: { type: 'string' } } }),
    ...Object.fromEntries(types.map(type => [type, { schema: { type: 'string' } }])),
    ...(events === true && { 'text/event-stream': { schema: { type: 'string' } } }),
  }
  return { description, ...(Object.keys(content).length > 0 && { content }) }
}

function parametersOf(row: Route, shared: Record<string, Schema>): readonly Schema[] {
  const inPath = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inHeader = row.needs !== 'public' && row.needs.scope === 'org' ? CONSISTENCY : []
  if (row.query === undefined) return [...inPath, ...inHeader]
  const { properties, required } = schemaOf(row.query, 'input', shared) as {
    properties: Record<string, Schema>
    required?: readonly string[]
  }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required?.includes(name) ?? false,
    schema,
  }))
  return [...inPath, ...inHeader, ...inQuery]
}

/** A zod schema as JSON Schema; what it shares by name moves to the document's components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', shared: Record<string, Schema>): Schema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema
  const { $schema: _, $defs, ...rest } = made
  for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Schema>)) {
    shared[name] = relocated(definition) as Schema
  }
  return relocated(rest) as Schema
}

function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === '$ref' && typeof item === 'string'
        ? [key, item.replace('#/$defs/', '#/components/schemas/')]
        : [key, relocated(item)],
    ),
  )
}

const PARAMETERS: Record<string, Schema> = {
  ConsistencyToken: {
    name: 'X-Consistency-Token',
    in: 'header',
    description: 'the revision of a write: the answer is from that one or a later one',
    schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
  },
  Consistency: {
    name: 'X-Consistency',
    in: 'header',
    description: '`higher_consistency`: the answer knows all that is committed when the request arrives',
    schema: { enum: ['minimize_latency', 'at_least_as_fresh', 'higher_consistency'] },
  },
}

const CONSISTENCY: readonly Schema[] = Object.keys(PARAMETERS).map(name => ({
  $ref: `#/components/parameters/${name}`,
}))

const ENVELOPE: Schema = { $ref: '#/components/schemas/Error' }

const ERROR: Schema = {
  type: 'object',
  properties: {
    error: { type: 'string' },
    error_description: { type: 'string' },
    error_uri: { type: 'string' },
    code: { type: 'string' },
    message: { type: 'string' },
    status: { type: 'integer' },
    details: { type: 'object' },
    request_id: { type: 'string' },
  },
  required: ['error', 'error_description', 'error_uri', 'code', 'message', 'status', 'details', 'request_id'],
}

/** The document as a route; it lists itself. */
export function openapiRoute(rows: readonly Route[], publicUrl: string, version: string): Route {
  const own: Route = route({
    operation: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    tag: 'system',
    summary: 'This document',
    needs: 'public',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
    handle: () => ({ status: 200, text: document, headers: { 'content-type': 'application/json' } }),
  })
  const document = JSON.stringify(openapiOf([...rows, own], publicUrl, version))
  return own
}
