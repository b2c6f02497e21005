import { z } from 'zod'
import { printAst } from '../../pdp/print-ast.ts'
import { type Route, route } from '../route.ts'
import { statement } from './ast-shape.ts'
import { diagnostic, one } from './shapes.ts'

const printed = z.object({
  text: z.string(),
  same: z.boolean(),
  diagnostics: z.array(diagnostic),
  read_as: z.string().nullable(),
})

/** JSON Schema of what `check` answers as `ast` and `print` takes. */
const schemaText = (): string => JSON.stringify(z.toJSONSchema(statement, { io: 'input' }))

const base = '/orgs/{org}/api/v1/admin/policies'
const read = { scope: 'org', act: { action: 'read', type: 'org_policy' } } as const

/** The AST of a policy: its schema, and English from it. */
export function astRoutes(): readonly Route[] {
  const schema = schemaText()
  return [
    route({
      operation: 'policyAstSchema',
      method: 'GET',
      path: '/schemas/policy-ast.json',
      tag: 'policies',
      summary: 'JSON Schema of a sentence as `checkPolicy` understands it and `printPolicy` takes it',
      needs: 'public',
      answers: { 200: { description: 'JSON Schema 2020-12', schema: z.record(z.string(), z.unknown()) } },
      handle: () => ({ status: 200, text: schema, headers: { 'content-type': 'application/json' } }),
    }),
    route({
      operation: 'printPolicy',
      method: 'POST',
      path: `${base}/print`,
      tag: 'policies',
      summary: 'English from ASTs (/schemas/policy-ast.json); `same` says that reading it gives the AST again',
      needs: read,
      body: z.object({ ast: z.array(statement).min(1).max(10_000) }),
      answers: { 200: { description: 'a canonical sentence for each', schema: one(z.array(printed)) } },
      handle({ state, body }) {
        const found = printAst(body.ast, state.vocabulary)
        const data = found.map(({ readAs, ...rest }) => ({ ...rest, read_as: readAs }))
        return { status: 200, body: { data } }
      },
    }),
  ]
}
