import { printDecimal } from '../../lib/decimal.ts'
import type { Definition, Rule } from '../../policy/ast.ts'
import { countryName, countryNamed } from '../../policy/countries.ts'
import { printEntity } from '../../policy/entity.ts'
import { TIME_WORDS } from '../../policy/print-words.ts'
import { attributesOfRequest, lexiconOf } from '../lexicon.ts'
import type { Task } from './prompt.ts'
import type { Accepted, Proposal } from './review.ts'
import { mentions, type Said, said, saysAny } from './words.ts'

/**
 * What an author should look at before anything else. `from` is the sentence, null where it is the whole.
 * `not_asked_for`: a name, verb or amount in neither the text nor the vocabulary. `wider_than_asked`: a rule that says
 * more than its sentence. `left_out`: something of a sentence that none of its rules says. The other kinds come from
 * whoever looks at the whole policy.
 */
export interface Warning {
  readonly kind:
    | 'not_asked_for'
    | 'wider_than_asked'
    | 'left_out'
    | 'changes_existing'
    | 'never_matches'
    | 'overlaps'
    | 'untested'
  readonly from: number | null
  readonly message: string
}

const EVERYONE = 'anyone anybody everyone everybody all any every public world whoever'.split(' ')
const EVERYTHING = 'anything everything all any whatever full complete entire unrestricted'.split(' ')
const AGAINST =
  'cannot never no nobody not only except block deny forbid forbidden prohibit restrict limit refuse without unless approval approve'.split(
    ' ',
  )
const FOR = 'can may allow let permit grant should able'.split(' ')
const IF = 'unless if when while except provided only until during'.split(' ')

/** Compares what was accepted with what the author wrote, word by word: a hint for a reader, never a verdict. */
export function warningsOf(task: Task, proposal: Proposal): readonly Warning[] {
  const whole = said(task.sentences.join('\n'))
  const known = knownWords(task)
  const found: Warning[] = []
  task.sentences.forEach((sentence, i) => {
    const from = i + 1
    const rules = proposal.rules.filter(r => r.from === from)
    const definitions = proposal.definitions.filter(d => d.from === from)
    for (const accepted of [...definitions, ...rules]) {
      for (const thing of strangers(accepted.statement, whole, known)) {
        const message = `\`${accepted.canonical}\` names \`${thing}\`, which neither the text nor the vocabulary does`
        found.push({ kind: 'not_asked_for', from, message })
      }
    }
    const own = said(sentence)
    for (const rule of rules) found.push(...wider(rule, own))
    if (rules.length > 0) found.push(...leftOut(from, own, [...rules, ...proposal.definitions], rules, task))
  })
  return found
}

function knownWords({ vocabulary, verbs }: Task): Said {
  const { attributes, networks, schedules, calendars, regions, names, groups, synonyms, model } = vocabulary
  const choices = [...attributes.values()].flat().flatMap(a => [a.name, ...(a.type.kind === 'choice' ? a.type.of : [])])
  const words = [
    ...model.types.flatMap(t => [t.name, ...t.relations.map(r => r.name)]),
    ...vocabulary.types,
    ...attributes.keys(),
    ...attributesOfRequest(lexiconOf(vocabulary)).map(a => a.name),
    ...[networks, schedules, calendars, regions, groups, synonyms, vocabulary.verbs].flatMap(map => [...map.keys()]),
    ...[...names].flatMap(([name, entity]) => [name, entity.id]),
    ...choices,
    ...verbs,
  ]
  return said(words.join(' ; '))
}

/** What a tree names that is in neither text. */
function strangers(statement: Rule | Definition, text: Said, known: Said): readonly string[] {
  const found = new Set<string>()
  const need = (name: string, show = name): void => {
    if (!mentions(text, name) && !mentions(known, name)) found.add(show)
  }
  const amount = (value: string): void => {
    if (!text.numbers.has(value)) found.add(value)
  }
  visit(statement, node => {
    if (typeof node.type === 'string' && typeof node.id === 'string') {
      need(node.id, printEntity({ type: node.type, id: node.id }))
    }
    if (node.kind === 'attribute') need(String(node.name))
    if (node.kind === 'text') need(String(node.text))
    if (node.kind === 'number' && 'number' in node) amount(printDecimal(node.number as never))
    if (node.kind === 'money' && 'amount' in node) amount(printDecimal(node.amount as never))
    if (node.kind === 'quantity' && 'number' in node) amount(printDecimal(node.number as never))
    if (typeof node.count === 'number' && node.unit !== undefined && node.count > 1) amount(String(node.count))
    if (Array.isArray(node.countries) && (node.name === null || statement.kind === 'region')) {
      for (const code of node.countries) if (!saysCountry(text, String(code))) found.add(countryName(String(code)))
    }
    if (Array.isArray(node.ranges)) for (const range of node.ranges) need(String(range))
    if (Array.isArray(node.actions)) for (const action of node.actions) need(String(action))
  })
  if (statement.kind === 'type') need(statement.type)
  if (statement.kind === 'verb') for (const verb of [statement.verb, ...statement.means]) need(verb)
  if (statement.kind === 'synonym') need(statement.word)
  if (statement.kind === 'group' || statement.kind === 'name') need(statement.name)
  return [...found]
}

const saysCountry = ({ words }: Said, code: string): boolean =>
  words.some((_, at) => [1, 2, 3, 4].some(length => countryNamed(words.slice(at, at + length).join(' ')) === code))

type Node = Readonly<Record<string, unknown>>

function visit(value: unknown, look: (node: Node) => void): void {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) look(value as Node)
  for (const member of Object.values(value)) visit(member, look)
}

function wider({ from, statement: rule, canonical }: Accepted<Rule>, own: Said): readonly Warning[] {
  if (rule.effect !== 'permit') return []
  const say = (what: string): Warning => ({
    kind: 'wider_than_asked',
    from,
    message: `\`${canonical}\` ${what}`,
  })
  const found: Warning[] = []
  if (rule.subject.kind === 'anyone' && !saysAny(own, EVERYONE)) {
    found.push(say('permits anyone; the sentence does not say so'))
  }
  if ((rule.actions === null || rule.resource.kind === 'anything') && !saysAny(own, EVERYTHING)) {
    found.push(say('permits more than the sentence names'))
  }
  if (saysAny(own, AGAINST) && !saysAny(own, FOR)) found.push(say('permits; the sentence forbids'))
  return found
}

const isLimited = (rule: Rule): boolean => {
  let limited = rule.effect !== 'permit' || rule.condition !== null
  visit(rule, node => {
    if (node.kind === 'except' || (node.where !== undefined && node.where !== null)) limited = true
  })
  return limited
}

const TIME_STEMS: readonly string[] = [...TIME_WORDS]

function leftOut(
  from: number,
  own: Said,
  made: readonly Accepted<Rule | Definition>[],
  rules: readonly Accepted<Rule>[],
  { vocabulary }: Task,
): readonly Warning[] {
  const result = said(made.map(m => m.canonical).join('\n'))
  const missing = [...own.numbers].filter(n => !result.numbers.has(n)).map(n => (n.startsWith('t') ? clock(n) : n))
  const { networks, schedules, calendars, regions, groups, names } = vocabulary
  for (const map of [networks, schedules, calendars, regions, groups, names]) {
    for (const name of map.keys()) if (mentions(own, name) && !mentions(result, name)) missing.push(name)
  }
  if (
    saysAny(own, TIME_STEMS) &&
    !saysAny(result, [...TIME_STEMS, 'hours', ...schedules.keys(), ...calendars.keys()])
  ) {
    missing.push('the days it names')
  }
  const found: Warning[] = missing.slice(0, 10).map(what => ({
    kind: 'left_out',
    from,
    message: what.startsWith('the ') ? `no rule says ${what}` : `no rule says \`${what}\`, which the sentence does`,
  }))
  if (saysAny(own, IF) && !rules.some(r => isLimited(r.statement))) {
    found.push({ kind: 'wider_than_asked', from, message: 'the sentence has a condition, its rules have none' })
  }
  return found
}

function clock(time: string): string {
  const minutes = Number(time.slice(1))
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
