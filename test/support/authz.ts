import { z } from 'zod'
import type { App } from './app.ts'
import { makeOrg } from './app.ts'

/** Roles on the org, groups that inherit, documents in folders, and what is taken away again. */
export const MODEL = `model
  schema 1.1

type user

type agent

type group
  relations
    define member: [user, agent, group#member]

type org
  relations
    define auditor: [user]
    define editor: [user, agent, group#member]
    define viewer: [user, group#member] or editor
    define billing_admin: [user, group#member]

type folder
  relations
    define parent: [folder]
    define owner: [user]
    define viewer: [user, user:*, group#member] or owner or viewer from parent

type document
  relations
    define parent: [folder]
    define owner: [user]
    define blocked: [user]
    define banned: [user]
    define reviewed: [user, group#member]
    define editor: [user, user with before_noon, group#member] or owner
    define viewer: ([user, user:*, group#member] or editor or viewer from parent) but not blocked
    define reader: editor but not (blocked or banned)
    define publisher: editor and reviewed
    define odd: editor but not (blocked and banned)

type article
  relations
    define owner: [user]

condition before_noon(hour: int) {
  hour < 12
}
`

export const POLICY = `Billings are resources.
Invoices are resources.
Authz are resources.
Posts are articles.
Tools are resources.
An article has a status of draft or published, a size in MB and a due date as a date.
A user has a department as text and a clearance as a number.
A request has a channel of web or mobile.
The office is 10.0.0.0/8.

Editors of the org can edit and publish articles.
Viewers of the org can view articles.
Nadia can archive articles.
Anyone can search articles.
Users can list articles from the office.
Owners of an article can delete it.
Billing admins of the org can view_invoices billings.
Billing admins of the org can "ledger:close_month" orgs.
Viewers of the org or billing admins of the org can export invoices.
Agents can read documents.
Agents can use tools.
Users whose department is "legal" can redact articles.
Editors of the org need approval from user:olga to unpublish articles.
Users can print articles whose status is published.
Editors of the org can comment articles on weekdays.
Auditors of the org can check authz.
Agents can check authz.
`

const TUPLES = [
  'org:roles#editor@group:writers#member',
  'group:writers#member@user:wanda',
  'group:writers#member@group:seniors#member',
  'group:seniors#member@user:sam',
  'org:roles#viewer@user:vic',
  'org:roles#billing_admin@user:bea',
  'org:roles#editor@agent:scribe',
  'article:a1#owner@user:olga',
  'folder:top#owner@user:olga',
  'folder:plans#parent@folder:top',
  'document:plan#parent@folder:plans',
  'document:plan#owner@user:owen',
  'document:plan#viewer@group:writers#member',
  'document:plan#blocked@user:sam',
  'document:plan#reviewed@user:owen',
  'document:notice#viewer@user:*',
  'document:notice#blocked@user:mallory',
  'document:memo#editor@user:ed',
  'document:memo#banned@user:ed',
]
const ATTRIBUTES: readonly (readonly [string, object])[] = [
  ['agent/scribe', { capabilities: ['article.edit', 'read:documents', 'tool:search_web'] }],
  ['user/lena', { department: 'legal', clearance: 3 }],
  ['article/a1', { status: 'published' }],
]

export const ORG = 'roles'

/** The org these tests ask about. */
export async function makeRoles(app: App): Promise<void> {
  await makeOrg(app, ORG, MODEL, POLICY)
  const writes = TUPLES.map(line => {
    const [object, rest] = [line.slice(0, line.indexOf('#')), line.slice(line.indexOf('#') + 1)]
    return { object, relation: rest.slice(0, rest.indexOf('@')), user: rest.slice(rest.indexOf('@') + 1) }
  })
  const hours = { object: 'document:memo', relation: 'editor', user: 'user:early', condition: { name: 'before_noon' } }
  await app.send('POST', `/orgs/${ORG}/api/v1/admin/tuples`, { body: { writes: [...writes, hours] } })
  for (const [path, body] of ATTRIBUTES) {
    await app.send('PATCH', `/orgs/${ORG}/api/v1/admin/attributes/${path}`, { body })
  }
}

// What the published clients require of answers, said again: they refuse one that is otherwise.
const userId = z.union([z.string(), z.number()])
const context = z.record(z.string(), z.unknown()).optional()
const permission = z.object({ slug: z.string(), description: z.string().nullable(), source: z.string() })
const node = z.object({
  type: z.enum(['union', 'intersection', 'leaf']),
  object: z.string(),
  relation: z.string(),
  get children() {
    return z.array(node).optional()
  },
  subjects: z.array(z.string()).optional(),
})
const attributes = z.record(z.string(), z.unknown())
const abac = z.object({
  allowed: z.boolean(),
  reason: z.string().optional(),
  matchedPolicies: z
    .array(z.object({ id: z.string(), name: z.string(), effect: z.enum(['allow', 'deny']), priority: z.number() }))
    .optional(),
  evaluationContext: z
    .object({ user: attributes.optional(), resource: attributes.optional(), environment: attributes.optional() })
    .optional(),
})

export const CLIENT = {
  check: z.object({ allowed: z.boolean(), permission: z.string(), user_id: userId, context }),
  bulk: z.object({ results: z.record(z.string(), z.boolean()), user_id: userId, context }),
  joined: z.object({ allowed: z.boolean(), permissions: z.array(z.string()), user_id: userId, context }),
  permissions: z.object({ user_id: userId, permissions: z.array(permission), count: z.number() }),
  relation: z.object({
    allowed: z.boolean(),
    object: z.string(),
    relation: z.string(),
    subject: z.string().optional(),
    user: z.string().optional(),
  }),
  tree: z.object({ tree: node }),
  abac,
  abacBulk: z.object({ results: z.array(abac) }),
  attributes,
  definitions: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      slug: z.string(),
      description: z.string().nullable().optional(),
      attributeType: z.enum(['user', 'resource', 'environment']),
      dataType: z.enum(['string', 'number', 'boolean', 'array', 'date']),
      validationRules: attributes.nullable().optional(),
      isActive: z.boolean().optional(),
    }),
  ),
  error: z.object({ error: z.string(), code: z.string() }),
} as const
