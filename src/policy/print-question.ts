import { instantOf, localTime, MINUTE } from '../lib/zone.ts'
import type { Ask, AskedResource, Stated } from './ask.ts'
import type { AttributeRef, Condition, ResourcePhrase } from './ast.ts'
import { countryName } from './countries.ts'
import type { Entity } from './entity.ts'
import { nounOf, printCondition, printResource, printSubject } from './print.ts'
import { printWhere } from './print-phrase.ts'
import { printMinutes, printName } from './print-value.ts'
import { article, listed, plain, plural, quoted } from './print-words.ts'
import { baseForm } from './verb-forms.ts'

/** Words that questions keep for themselves, beside those of the whole language. */
export const QUESTION_WORDS: ReadonlySet<string> = new Set(
  `i me my am what why how whether could might would able be been to today tomorrow yesterday now tonight please behalf
  next this`.split(/\s+/),
)

/** The canonical question: reading it back, in the same zone and by whoever asks, gives the same question. */
export function printAsk(ask: Ask, zone: string): string {
  const noun = nounOf(phraseOf(ask.resources))
  const actions = joined(ask.actions.map(printAction), ask)
  const who = doers(ask)
  const what = resources(ask)
  const rest = circumstances(ask, noun, zone)
  if (ask.kind === 'requests') {
    return ask.explain
      ? `Explain whether ${who} can ${actions} ${what}${rest}.`
      : `Can ${who} ${actions} ${what}${rest}?`
  }
  const { sought } = ask
  switch (sought.kind) {
    case 'subject': {
      const whom = sought.among.kind === 'anyone' ? 'Who' : `Which ${printSubject(sought.among, noun)}`
      return `${whom} can ${actions} ${what}${rest}?`
    }
    case 'resource': {
      const which = sought.among.kind === 'anything' ? 'What' : `Which ${printResource(sought.among)}`
      return `${which} can ${who} ${actions}${rest}?`
    }
    case 'action':
      return `What can ${who} do${what === '' ? '' : ` to ${what}`}${rest}?`
  }
}

/** Whoever does it: the outermost actor, or the subjects themselves. */
function doers(ask: Ask): string {
  const outermost = ask.actors[ask.actors.length - 1]
  return outermost === undefined ? joined(ask.subjects.map(printName), ask) : printName(outermost)
}

const joined = (items: readonly string[], { join }: Ask): string => listed(items, join === 'all' ? 'and' : 'or')

function printAction(action: string): string {
  const bare = plain(action) && !QUESTION_WORDS.has(action) && baseForm(action) === action
  return bare ? action : quoted(action)
}

function resources(ask: Ask): string {
  const marked = ask.resources.length > 1 && ask.resources.some(r => r.stated.length > 0)
  const items = ask.resources.map(resource => {
    if (resource.id !== null) return printName(resource as Entity)
    const where = printWhere(whereOf(resource.stated, 'resource'), 'resource', resource.type)
    const one = resource.stated.length > 0 && plural(resource.type) !== resource.type
    return `${marked ? `any ${resource.type}` : one ? article(resource.type) : plural(resource.type)}${where}`
  })
  return joined(items, ask)
}

/** What the only resource is, for the words by which a sentence refers to it. */
function phraseOf(resources: readonly AskedResource[]): ResourcePhrase {
  const [only, second] = resources
  return only === undefined || second !== undefined
    ? { kind: 'anything' }
    : { kind: 'type', type: only.type, where: null }
}

function whereOf(stated: readonly Stated[], of: AttributeRef['of']): Condition | null {
  const conditions = stated.map(({ name, type, op, value }): Condition => {
    return { kind: 'compare', left: { kind: 'attribute', of, name, type }, op, right: value }
  })
  const [only, second] = conditions
  return only === undefined ? null : second === undefined ? only : { kind: 'all', of: conditions }
}

function circumstances(ask: Ask, noun: string, zone: string): string {
  const whom = ask.actors.length === 0 ? [] : [...ask.actors.slice(0, -1).reverse(), ...ask.subjects]
  const call = whereOf(ask.call, 'context')
  return [
    ...whom.map(entity => ` on behalf of ${printName(entity)}`),
    ask.ip === null ? '' : ` from ${ask.ip}`,
    ask.country === null ? '' : ` from ${countryName(ask.country)}`,
    ask.at === null ? '' : printInstant(ask.at, zone),
    call === null ? '' : ` if ${printCondition(call, noun)}`,
  ].join('')
}

/** By the clocks of the zone, or of UTC for an hour that the zone's clocks show twice. */
export function printInstant(at: number, zone: string): string {
  const minute = Math.floor(at / MINUTE) * MINUTE
  const local = localTime(minute, zone)
  const clear = instantOf(local.date, local.minutes, zone) === minute
  const { date, minutes } = clear ? local : localTime(minute, 'UTC')
  return ` at ${printMinutes(minutes)} on ${date}${clear ? '' : ' in UTC'}`
}
