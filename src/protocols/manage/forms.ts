import { z } from 'zod'
import { formatPolicy } from '../../pdp/policies.ts'
import { printAst } from '../../pdp/print-ast.ts'
import { type Route, route } from '../route.ts'
import { statement } from './ast-shape.ts'
import { diagnostic, MOST_TEXT, one, text } from './shapes.ts'

const printed = z.object({
  text: z.string(),
  same: z.boolean(),
  diagnostics: z.array(diagnostic),
  read_as: z.string().nullable(),
})

const formatted = z.object({ text: z.string(), changed: z.boolean(), diagnostics: z.array(diagnostic) })

/** JSON Schema of what `check` answers as `ast` and `print` takes. */
const schemaText = (): string => JSON.stringify(z.toJSONSchema(statement, { io: 'input' }))

const base = '/orgs/{org}/api/v1/admin/policies'
const read = { scope: 'org', act: { action: 'read', type: 'org_policy' } } as const

/** Forms of a policy: its canonical text, the AST's schema, and English from ASTs. */
export function formRoutes(): readonly Route[] {
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
      operation: 'formatPolicy',
      method: 'POST',
      path: `${base}/format`,
      tag: 'policies',
      summary: 'A text in its canonical form; names, headings and remarks stay, and so does a sentence with errors',
      needs: read,
      body: z.object({ text: text(MOST_TEXT) }),
      textBody: t => ({ text: t }),
      answers: { 200: { description: 'the text and its diagnostics', schema: one(formatted), text: true } },
      handle({ state, body, accept }) {
        const data = formatPolicy(state, body.text)
        return accept === 'text' ? { status: 200, text: data.text } : { status: 200, body: { data } }
      },
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
