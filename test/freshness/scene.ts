/** The org of the freshness runs: people in teams in groups, documents in folders, agents who act for people. */

const TYPES = `
type user
type agent
  relations
    define owner: [user]
type service
type org
  relations
    define auditor: [user, team#member]
type group
  relations
    define member: [user, group#member]
type team
  relations
    define lead: [user]
    define member: [user, agent, group#member, team#member] or lead
type folder
  relations
    define parent: [folder]
    define viewer: [user, user:*, team#member] or viewer from parent
    define editor: [user, team#member] or editor from parent
`

const DOCUMENT = `
type document
  relations
    define folder: [folder]
    define owner: [user]
    define shared_with: [team, team:*]
    define blocked: [user, user with within, team#member]
    define vetted: [user]
    define viewer: [user, user with within, team#member, team#member with within] or viewer from folder
    define editor: [user, team#member] or editor from folder`

const CONDITION = `
condition within(size: int, most: int) {
  size <= most
}
`

const model = (document: string): string => `model\n  schema 1.1\n${TYPES}${DOCUMENT}\n${document}${CONDITION}`

/** Each takes all the policies; what they say of readers and signers differs. */
export const MODELS: readonly string[] = [
  model('    define reader: viewer but not blocked\n    define signer: editor and vetted\n'),
  model('    define reader: viewer\n    define signer: editor or vetted\n'),
  model('    define reader: (viewer or editor) but not blocked\n    define signer: owner and vetted\n'),
]

const ALWAYS = `A document has a status of draft, review or public and a size as a number.
A user has a level as a number and a department as text.
Users can read documents shared with their team.
Readers of a document can view it.
Editors of a document can edit it.
Signers of a document can sign it during business hours.
Users can annotate documents shared with their team if their level is over 3.
Anyone can view public documents.
Contractors cannot edit documents.
Only owners of a document can delete it.
Agents can view and edit documents.
Agents can publish documents.
Agents need approval from their owner to publish documents.
Users can publish documents they own.
Users can export documents whose size is at most 5 from the corporate network.
Users can print documents shared with their team, at most 1,000 times per day.
Services can archive documents.
Auditors of the org can audit documents, weekdays only.`

/** Texts that are published in turn: what a word means differs, and a rule or two. */
export const POLICIES: readonly string[] = [
  `The corporate network is 10.0.0.0/8.
Business hours are 9am to 5pm on weekdays in Europe/Berlin.
Contractors are users whose department is "contract".
${ALWAYS}`,
  `The corporate network is 10.0.0.0/8 and 192.0.2.0/24.
Business hours are 7am to 7pm on weekdays in UTC.
Contractors are users whose level is under 2.
${ALWAYS}
Users cannot view documents whose status is draft.`,
  `The corporate network is 192.0.2.0/24.
Business hours are 9am to 5pm in America/New_York.
Contractors are users whose department is "contract" or "agency".
${ALWAYS}
Owners of a document can view and edit it.
Nobody can annotate documents whose status is draft unless they are an owner of the document.`,
]

export const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'] as const

/** How many there are of each; the first of each are asked about and written to most. */
export interface Size {
  readonly users: number
  readonly groups: number
  readonly teams: number
  readonly folders: number
  readonly documents: number
  readonly agents: number
  /** Different questions that are asked, in whatever context. */
  readonly questions: number
}

export const SMALL: Size = { users: 40, groups: 6, teams: 40, folders: 24, documents: 80, agents: 6, questions: 2_000 }
/** Much that is not asked about beside what is. */
export const MIDDLE: Size = {
  ...{ users: 200, groups: 20, teams: 100, folders: 100, documents: 500, agents: 20 },
  questions: 2_000,
}
export const LARGE: Size = {
  users: 200,
  groups: 20,
  teams: 100,
  folders: 100,
  documents: 500,
  agents: 20,
  questions: 20_000,
}

export const TOOLS = ['search', 'mail', 'deploy'] as const
export const SERVERS = ['tools', 'desk'] as const
export const SERVICES = ['cron', 'importer'] as const
export const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'] as const
export const TASKS = ['task_1', 'task_2', 'task_3'] as const
export const APPROVALS = ['jit_1', 'jit_2', 'jit_3'] as const
export const GRANTS = ['grt_1', 'grt_2', 'grt_3', 'grt_4'] as const
export const CONSENTS = ['con_1', 'con_2'] as const

/** Wednesday noon, Wednesday night, Sunday, in winter and summer time. */
export const INSTANTS = [
  Date.UTC(2026, 2, 4, 11),
  Date.UTC(2026, 2, 4, 22),
  Date.UTC(2026, 2, 8, 11),
  Date.UTC(2026, 6, 1, 6, 30),
] as const
/** When tasks, grants and consents begin; they last longer than any instant that is asked about. */
export const BEGUN = Date.UTC(2026, 2, 1)
export const OVER = Date.UTC(2027, 0, 1)
