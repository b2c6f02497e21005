import type { JsonObject } from '../policy/json.ts'
import type { Running } from '../server.ts'

type Started = Pick<Running, 'url' | 'adminKey' | 'demo'>

const quoted = (text: string): string => (/^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** What to show once the service listens: where it is, its key if that was made just now, and what to try. */
export function bannerOf(started: Started): string {
  const { adminKey, demo } = started
  const lines = ['', `LumoAuth listens on ${reachable(started.url)}`, `Admin key: ${keyLine(adminKey)}`]
  if (demo !== null) {
    lines.push('', `Try the demo org \`${demo}\`; these lines are ready to paste:`)
    for (const { says, line } of trials(started, demo)) lines.push('', `# ${says}`, line)
  }
  return `${lines.join('\n')}\n`
}

function keyLine({ text, isNew, path }: Started['adminKey']): string {
  if (path === null) return isNew ? `${text} (made for this run, kept nowhere)` : 'the value of LUMOAUTH_ADMIN_KEY'
  return isNew ? `${text} (shown this once, kept in ${path})` : `kept in ${path}`
}

/** The key as a shell writes it within double quotes. */
function keyInShell({ text, isNew, path }: Started['adminKey']): string {
  if (path !== null) return `$(cat ${quoted(path)})`
  return isNew ? text : '$LUMOAUTH_ADMIN_KEY'
}

/** The address to ask from this machine, where the service listens on all. */
const reachable = (url: string): string => url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, '//localhost')

interface Trial {
  readonly says: string
  readonly line: string
}

const WEDNESDAY = '2026-03-04T10:00:00+01:00'
const SUNDAY = '2026-03-08T10:00:00+01:00'

function trials(started: Started, org: string): readonly Trial[] {
  const base = `${reachable(started.url)}/orgs/${org}`
  const key = keyInShell(started.adminKey)
  const post = (path: string, accept: string, body: JsonObject): string =>
    `curl -sS ${base}${path} -w '\\n' -H "X-API-Key: ${key}" -H 'Content-Type: application/json'${accept} -d ${quoted(JSON.stringify(body))}`
  const check = (says: string, who: string, action: string, what: string, context: JsonObject): Trial => ({
    says,
    line: post('/access/v1/evaluation', '', asked(who, action, what, context)),
  })
  return [
    check('allowed: alice edits the roadmap, shared with her team, on a Wednesday', 'alice', 'edit', ROADMAP, {
      time: WEDNESDAY,
    }),
    check('denied: the same on a Sunday; `missing` says why', 'alice', 'edit', ROADMAP, { time: SUNDAY }),
    check('denied: frank, no approver, releases 12,000 USD', 'frank', 'release', PAYMENT, { time: WEDNESDAY }),
    check('allowed: fiona, an approver of the finance org, does', 'fiona', 'release', PAYMENT, { time: WEDNESDAY }),
    {
      says: 'denied, as a tree: bob edits the roadmap from outside the corporate network',
      line: post(
        '/api/v1/explain',
        " -H 'Accept: text/plain'",
        asked('bob', 'edit', ROADMAP, { time: WEDNESDAY, ip: '203.0.113.9' }),
      ),
    },
  ]
}

const ROADMAP = 'document:roadmap'
const PAYMENT = 'payment:inv-100'

function asked(who: string, action: string, what: string, context: JsonObject): JsonObject {
  const [type = '', id = ''] = what.split(':')
  return { subject: { type: 'user', id: who }, action: { name: action }, resource: { type, id }, context }
}
