import { canPin } from '../http/children.ts'
import type { Section } from '../parts.ts'
import { showNumber, showRatio, showTime } from '../stats.ts'
import { named, table } from '../table.ts'
import { METHODS } from './cases.ts'
import { ORG_NOTES, TOKEN_NOTES, USE_NOTES } from './notes.ts'
import type { OrgsMeasured } from './orgs.ts'
import type { TokenRow, TokensMeasured } from './race.ts'
import type { UseRow } from './uses.ts'

export const TOKEN_HEADINGS = ['Tokens over HTTP, beside oidc-provider', 'Orgs that are rows'] as const

export const tokenSections = ({ tokens, uses }: TokensMeasured, orgs: OrgsMeasured): readonly Section[] => [
  [
    TOKEN_HEADINGS[0],
    [
      ...METHODS.flatMap(method => [
        `**${method}**`,
        '',
        ...tokenTable(tokens.filter(row => row.method === method)),
        '',
      ]),
      ...TOKEN_NOTES(canPin),
      '',
      ...useTable(uses),
      '',
      ...USE_NOTES,
    ],
  ],
  [TOKEN_HEADINGS[1], [...orgTable(orgs), '', ...ORG_NOTES]],
]

const tokenTable = (rows: readonly TokenRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'tokens/s', 'of oidc-provider', 'tokens/s, log written', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      showNumber(row.perSecond),
      row.name.startsWith('ours') ? showRatio(row.overPeer) : '-',
      row.name.startsWith('ours') ? showNumber(row.settledPerSecond) : '-',
      showTime(row.cpu),
    ]),
  )

const useTable = (rows: readonly UseRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'requests/s', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      showNumber(row.perSecond),
      showTime(row.cpu),
    ]),
  )

/** What is less than this is lost in what the process holds besides. */
const SEEN = 100

const kilobytes = (bytes: number): string => (bytes < SEEN ? 'none to be seen' : `${showNumber(bytes / 1000)} kB`)

function orgTable(measured: OrgsMeasured): readonly string[] {
  const { orgs, visited, asked, rows, written, idle, loaded, dropped, made, first, next, again } = measured
  const times = ({ p50, p99 }: OrgsMeasured['first']): string => `${showTime(p50)} / ${showTime(p99)}`
  return table(
    [`${named(orgs)} orgs, ${named(visited)} of them made by the service, ${named(asked)} asked`, ''],
    [
      ['memory of an org that is loaded', kilobytes(loaded)],
      ['memory of an org that was never loaded', kilobytes(rows)],
      ['memory left of an org that was made and dropped', kilobytes(idle)],
      ['memory left of an org that was asked for tokens and dropped', kilobytes(dropped)],
      ['write the rows of an org, its agent and secret', showTime(written)],
      ['make the same by the service', showTime(made)],
      ['first token ever of an org that is not loaded, p50 / p99', times(first)],
      ['first token of an org that is not loaded, p50 / p99', times(again)],
      ['token of an org that is loaded, p50 / p99', times(next)],
    ],
  )
}
