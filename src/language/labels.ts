import { QUESTION_LABELS } from './question-labels.ts'
import type { GrammarSymbol } from './token.ts'

const CONDITION = 'a condition, such as `on weekdays` or `if …`'
const DETAIL = 'a detail, such as `shared with their team`'

/** What an author calls the things that may begin with a grammar rule's first word. Null: not worth a mention. */
const BY_RULE: Readonly<Record<string, string | null>> = {
  can: '`can`',
  cannot: '`cannot`',
  modal: null,
  needs: '`need approval from`',
  nobody: '`nobody`',
  except: '`except`',
  subject: 'a noun',
  resource: 'a noun',
  resources_whole: 'a noun',
  det_a: 'a noun',
  owner: null,
  owned: null,
  this: null,
  its: null,
  verb: 'an action, such as `view`',
  run: 'a noun',
  nested: 'a noun',
  term: 'a noun',
  zone: CONDITION,
  det: 'a noun',
  name: 'a noun',
  possessive: null,
  someone: 'a noun',
  adverb: CONDITION,
  on: CONDITION,
  intro: CONDITION,
  clause: CONDITION,
  bare_clause: CONDITION,
  actor: CONDITION,
  thing: null,
  they: null,
  pronoun: 'them',
  mark: null,
  mod: DETAIL,
  leaf_mod: DETAIL,
  which: DETAIL,
  who: DETAIL,
  held: DETAIL,
  glue: null,
  holds: '`contains`',
  do: null,
  place: '`of`',
  attribute_type: 'what it holds: `in USD`, `in MB`, `of draft or paid`, `as a number`',
  kind: '`number`, `text`, `date`, `time`, `country`, `list` or `yes or no`',
}

const BY_TOKEN: Readonly<Record<string, string | null>> = {
  word: 'a word',
  quoted: null,
  entity: 'a name, such as `user:alice`',
  email: null,
  value: 'a value',
  values: 'a value',
  amount: 'a number or an amount, such as `$10,000`',
  compared: 'a comparison, such as `over $10k` or `at least 3`',
  order: null,
  having: null,
  indefinite: null,
  unapproved: null,
  spending: null,
  time: 'a time, such as `9am`',
  days: 'days, such as `weekdays`',
  countries: 'countries, such as `Germany and France`',
  calendar_days: 'days, such as `25 December`',
  unit: 'a unit, such as `MB`',
  ranges: 'addresses, such as `10.0.0.0/8`',
  zone: 'a time zone, such as `Europe/Berlin`',
  participle: null,
  possess: null,
  choices: 'the values to choose from',
  currency: 'a currency, such as `USD`',
  covered: null,
  uncovered: null,
}

export function labelOf(rule: string, symbol: Exclude<GrammarSymbol, string>): string | null {
  const name = rule.replace(/\$.*/, '')
  const label = name in QUESTION_LABELS ? QUESTION_LABELS[name] : BY_RULE[name]
  if (label !== undefined) return label
  if ('token' in symbol) return BY_TOKEN[symbol.token] ?? null
  return symbol.literal === ',' ? null : `\`${symbol.literal}\``
}
