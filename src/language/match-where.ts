import { countryNamed, regionNamed } from '../policy/countries.ts'
import { RESERVED } from '../policy/print-words.ts'
import { type Found, found, hasClass, phraseAt, phrasesOf, runAt, skip, type Tokens, wordAt } from './match.ts'
import { agoAt } from './match-duration.ts'
import type { Clause, PlaceItem, WhereNode } from './syntax.ts'
import type { Token } from './token.ts'

/** Readers of from where: networks, countries and regions; and of how: device and authentication. */

const THE = new Set(['the', 'our'])
const ANY = new Set(['a', 'an', 'any', 'the', 'some', 'all'])
const KINDS = new Set(
  'country countries region regions network networks address addresses place places location locations'.split(' '),
)
const IP = new Set(['ip', 'ips'])
const POSED = new Set(
  'coming connecting connected located based living resident registered anywhere live lives work works reside resides'.split(
    ' ',
  ),
)

const LEADS = phrasesOf<'in' | 'out'>({
  from: 'in',
  in: 'in',
  inside: 'in',
  within: 'in',
  on: 'in',
  at: 'in',
  via: 'in',
  outside: 'out',
  'outside of': 'out',
  'from within': 'in',
  'from inside': 'in',
  'from outside': 'out',
  'from outside of': 'out',
})
const OTHER = phrasesOf<'in' | 'out'>({
  'other than': 'out',
  outside: 'out',
  'outside of': 'out',
  'not in': 'out',
  except: 'out',
  but: 'out',
  in: 'in',
  within: 'in',
  inside: 'in',
  of: 'in',
})
const OF = phrasesOf<true>({ 'any of': true, 'one of': true, either: true })

/** The only bare codes: others, such as `IT`, are words as well. */
const CODES = /^(?:US|U\.S|UK|GB|EU|G7)$/

/** Longest first: `United States of America` before `United States`. */
function geography(t: Tokens, i: number): Found<PlaceItem> | null {
  const from = skip(t, i, THE)
  const first = t[from]
  if (first === undefined || first.kind !== 'word' || RESERVED.has(first.word)) return null
  let text = ''
  let best: Found<PlaceItem> | null = null
  for (let end = from; end < from + 8; end++) {
    const token = t[end]
    if (token === undefined || token.kind !== 'word') break
    text += `${text === '' ? '' : ' '}${token.text}`
    if (text.length < 3 && !CODES.test(text)) continue
    const at = { start: first.start, end: token.end }
    const country = countryNamed(text)
    const region = country === null ? regionNamed(text) : null
    if (country !== null) best = found({ kind: 'country', code: country, ...at }, end + 1)
    else if (region !== null) best = found({ kind: 'region', region, ...at }, end + 1)
  }
  return best
}

function itemAt(t: Tokens, i: number): Found<PlaceItem> | null {
  const at = skip(t, i, THE)
  const token = t[at]
  if (token === undefined) return null
  const place = { start: token.start, end: token.end }
  if (token.kind === 'ranges') return found({ kind: 'ranges', token, ...place }, at + 1)
  if (hasClass(token, 'network')) return found({ kind: 'network', token, ...place }, at + 1)
  if (hasClass(token, 'region')) return found({ kind: 'defined', token, ...place }, at + 1)
  return geography(t, i)
}

const JOINTS = new Set(['and', 'or', 'nor'])

/** Places in a row, up to where the next word is none. */
export function itemsAt(t: Tokens, i: number): Found<readonly PlaceItem[]> | null {
  const first = itemAt(t, i)
  if (first === null) return null
  const items = [first.node]
  let end = first.end
  for (;;) {
    const comma = wordAt(t, end) === ',' ? end + 1 : end
    const joint = skip(t, comma, JOINTS)
    const next = joint === end ? null : itemAt(t, joint)
    if (next === null) return found(items, end)
    items.push(next.node)
    end = next.end
  }
}

/** `from Germany or France`, `outside the EU`, `from a network other than the corporate network`. */
export function placesAt(t: Tokens, i: number): Found<WhereNode> | null {
  const posed = skip(t, i, POSED)
  const lead = phraseAt(t, posed, LEADS)
  if (lead === null) return null
  const any = skip(t, lead.end, ANY)
  const ip = skip(t, any, IP)
  const named = KINDS.has(wordAt(t, ip)) ? ip + 1 : ip
  const kind = named > any ? phraseAt(t, named, OTHER) : null
  const other = kind ?? (wordAt(t, lead.end) === 'anywhere' ? phraseAt(t, lead.end + 1, OTHER) : null)
  const start = other?.end ?? lead.end
  const of = phraseAt(t, start, OF)
  const items = itemsAt(t, of?.end ?? start)
  if (items === null) return null
  const lone = wordAt(t, posed)
  if (lone === 'on' || lone === 'at' || lone === 'via') {
    if (items.node.some(item => item.kind !== 'network')) return null
  }
  const negated = (lead.node === 'out') !== (other?.node === 'out')
  const { start: from } = t[i] as Token
  const end = t[items.end - 1]?.end ?? from
  return found({ kind: 'where', negated, lead: lone, items: items.node, start: from, end }, items.end)
}

const DEVICE = new Set(['from', 'on', 'using', 'with', 'via'])
const DEVICES = new Set(['device', 'devices'])

/** `from a managed device`. */
export function deviceAt(t: Tokens, i: number): Found<Clause> | null {
  if (!DEVICE.has(wordAt(t, i))) return null
  const words = runAt(t, skip(t, i + 1, new Set(['a', 'an', 'any', 'their', 'the'])), 4)
  const last = words[words.length - 1]
  if (words.length < 2 || last === undefined || !DEVICES.has(last.word)) return null
  const token = { ...(t[i] as Token), end: last.end }
  return found({ kind: 'device', token, words: words.slice(0, -1) }, t.indexOf(last, i) + 1)
}

const WHO = new Set(['they', 'he', 'she', 'who', 'that'])
const HAVE = new Set(['are', 'is', 'have', 'has', 'having'])
const SIGNED = phrasesOf<true>({
  'signed in': true,
  'logged in': true,
  'logged on': true,
  authenticated: true,
})
const WITH = new Set(['with', 'using', 'via', 'by'])
const A = new Set(['a', 'an', 'the', 'their'])

/** `signed in with a passkey`, `they signed in within the last 15 minutes`. */
export function signedAt(t: Tokens, i: number): Found<Clause> | null {
  const signed = phraseAt(t, skip(t, skip(t, i, WHO), HAVE), SIGNED)
  if (signed === null) return null
  const token = t[i] as Token
  const ago = agoAt(t, signed.end)
  if (ago !== null) return found({ kind: 'signed-in', token, ago: ago.node }, ago.end)
  if (!WITH.has(wordAt(t, signed.end))) return null
  const at = skip(t, signed.end + 1, A)
  const quoted = t[at]
  const words = quoted?.kind === 'quoted' ? [quoted] : runAt(t, at, 3)
  if (words.length === 0) return null
  const how: Clause = { kind: 'signed-with', token, words }
  const when = agoAt(t, at + words.length)
  if (when === null) return found(how, at + words.length)
  const both: readonly Clause[] = [how, { kind: 'signed-in', token, ago: when.node }]
  const clauses = both.map(node => ({ conj: null, mark: null, intro: null, node }))
  return found({ kind: 'group', clauses }, when.end)
}
