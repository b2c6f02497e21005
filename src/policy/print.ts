import type { AttributeDefinition, Condition, Definition, Rule, Statement } from './ast.ts'
import { printTail } from './print-condition.ts'
import { printResource, printSubject, printWhere } from './print-phrase.ts'
import { nounOf, printApprover } from './print-term.ts'
import { printCountry, printDay, printHours, printName } from './print-value.ts'
import { article, capitalize, listed, plural, regular, wordOrQuoted } from './print-words.ts'
import { IMPERATIVES } from './verb-forms.ts'

export { printCondition } from './print-condition.ts'
export { printResource, printSubject } from './print-phrase.ts'
export { nounOf, printTerm } from './print-term.ts'

/** The canonical sentence: reading it back gives the same tree. */
export const printStatement = (statement: Statement): string =>
  statement.kind === 'rule' ? printRule(statement) : printDefinition(statement)

/** A sentence, its first letter large unless it opens with an entity, whose case counts. */
function sentence(text: string): string {
  return `${/^[^\s"]+:\S/.test(text) ? text : capitalize(text)}.`
}

export function printRule(rule: Rule): string {
  const noun = nounOf(rule.resource)
  const what = predicate(rule, noun)
  const tail = printTail(rule.condition, rule.effect === 'forbid' ? 'forbid' : 'permit', noun)
  const who = printSubject(rule.subject, noun)
  return sentence(`${opening(rule, who, noun)} ${what}${tail}`)
}

function opening(rule: Rule, who: string, noun: string): string {
  switch (rule.effect) {
    case 'permit':
      return `${who} can`
    case 'forbid':
      return rule.subject.kind === 'anyone' ? 'nobody can' : `${who} cannot`
    case 'only':
      return `only ${who} can`
    case 'approval': {
      const approver = rule.approver === null ? 'nobody' : printApprover(rule.approver, noun)
      return `${who} ${rule.subject.kind === 'named' || rule.subject.kind === 'anyone' ? 'needs' : 'need'} approval from ${approver} to`
    }
  }
}

function predicate(rule: Rule, noun: string): string {
  const nobody = rule.effect === 'forbid' && rule.subject.kind === 'anyone'
  const printed = printResource(rule.resource, noun)
  // After `nobody`, what follows `except` would be read as whom the rule does not concern.
  const resource = nobody && rule.resource.kind === 'except' ? `(${printed})` : printed
  if (rule.actions !== null) return `${listed(rule.actions.map(wordOrQuoted), 'and')} ${resource}`
  return rule.resource.kind === 'anything' ? 'do anything' : `do anything to ${resource}`
}

/** `Docs are`, or `A house is` where the plural would not lead back to the word. */
const defined = (name: string): string => {
  if (plural(name) === name) return `${name} is`
  return regular(name) ? `${plural(name)} are` : `${article(name)} is`
}

export function printDefinition(definition: Definition): string {
  switch (definition.kind) {
    case 'synonym':
      return sentence(`${defined(definition.word)} ${plural(definition.means)}`)
    case 'type': {
      const { type } = definition
      const many = plural(type) !== type && regular(type)
      return sentence(many ? `${plural(type)} are resources` : `${defined(type)} a resource`)
    }
    case 'attributes':
      return sentence(`${article(definition.type)} has ${listed(definition.attributes.map(attribute), 'and')}`)
    case 'network':
      return sentence(`the ${definition.network.name ?? 'network'} is ${listed(definition.network.ranges, 'and')}`)
    case 'region':
      return sentence(
        `${hoursAre(definition.region.name ?? 'region')} ${listed(definition.region.countries.map(printCountry), 'and')}`,
      )
    case 'calendar':
      return sentence(`${hoursAre(definition.calendar.name)} ${listed(definition.calendar.days.map(printDay), 'and')}`)
    case 'schedule':
      return sentence(`${hoursAre(definition.schedule.name)} ${printHours(definition.schedule)}`)
    case 'name':
      return sentence(`${definition.name} is ${printName(definition.entity)}`)
    case 'verb': {
      const { verb, type, means } = definition
      const all = listed(means.map(wordOrQuoted), 'and')
      const said = type === null ? `means to ${all}` : `${article(type)} means to ${all} it`
      return sentence(`to ${wordOrQuoted(verb)} ${said}`)
    }
    case 'role': {
      const { relation, type, also } = definition
      const said = type === null ? `are also ${plural(also)}` : `of ${article(type)} are also its ${plural(also)}`
      return sentence(`${plural(relation)} ${said}`)
    }
    case 'group': {
      const people = peopleOf(definition.where)
      if (people !== null) return sentence(`${defined(definition.name)} ${listed(people, 'and')}`)
      return sentence(
        `${defined(definition.name)} ${plural(definition.type)}${printWhere(definition.where, 'subject', 'resource')}`,
      )
    }
  }
}

/** The members of a group that is nothing but a list of names. */
function peopleOf(where: Condition): readonly string[] | null {
  if (where.kind !== 'any' || where.of.length < 2) return null
  const people = where.of.map(part => (part.kind === 'is' && part.of === 'subject' ? printName(part.entity) : null))
  const known = people.filter(name => name !== null)
  return known.length === people.length ? known : null
}

/** `Business hours are`, but `the lunch break is`, and `the limit hours are`, which would tell what to do without its article. */
const hoursAre = (name: string): string => {
  const said = IMPERATIVES.has(name.split(' ')[0] ?? '') ? `the ${name}` : name
  return /s$/.test(name) ? `${said} are` : `the ${name} is`
}

function attribute(definition: AttributeDefinition): string {
  const word = wordOrQuoted(definition.name)
  const name = /[^s]s$/.test(definition.name) ? word : article(definition.name).replace(definition.name, () => word)
  const type = definition.type
  switch (type.kind) {
    case 'money':
      return `${name} in ${type.currency}`
    case 'quantity':
      return `${name} in ${/^[a-z]{3,}$/.test(type.unit) && type.unit !== 'percent' && regular(type.unit) ? plural(type.unit) : type.unit}`
    case 'instant':
      return `${name} as a time`
    case 'country':
      return `${name} as a country`
    case 'choice':
      return `${name} of ${listed(type.of.map(wordOrQuoted), 'or')}`
    case 'number':
      return `${name} as a number`
    case 'text':
      return `${name} as text`
    case 'date':
      return `${name} as a date`
    case 'flag':
      return `${name} as yes or no`
    case 'list':
      return `${name} as a list`
  }
}
