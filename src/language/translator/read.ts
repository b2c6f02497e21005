import type { Json, JsonObject } from '../../policy/json.ts'
import { type Answer, BOUNDS, type Example, type SentenceAnswer } from './answer.ts'

/** Takes what the schema of an answer says and nothing else; the first thing that is otherwise ends the reading. */
class Wrong extends Error {}

/** Reads a model's reply to `count` sentences. Every part is bounded; a fault is said in one line. */
export function readAnswer(reply: string, count: number): Answer | { readonly wrong: string } {
  if (reply.length > BOUNDS.bytes) return { wrong: `the answer is longer than ${BOUNDS.bytes} characters` }
  const parsed = jsonIn(reply)
  if (parsed === undefined) return { wrong: 'the answer is not JSON: expected one object and nothing around it' }
  try {
    return answerFrom(parsed, count)
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error.message }
    throw error
  }
}

/** The JSON of a reply, which models like to wrap in a code block and a word of greeting. */
function jsonIn(reply: string): Json | undefined {
  const begin = reply.indexOf('{')
  const end = reply.lastIndexOf('}')
  if (begin < 0 || end < begin) return undefined
  try {
    return JSON.parse(reply.slice(begin, end + 1)) as Json
  } catch {
    return undefined
  }
}

function answerFrom(json: Json, count: number): Answer {
  const { sentences, examples } = membersOf(json, 'the answer', ['sentences'])
  const read = listOf(sentences, 'sentences', count + 100, sentenceFrom)
  for (const { from } of read) {
    if (from < 1 || from > count) throw new Wrong(`\`from\` is ${from}, but the sentences are numbered 1 to ${count}`)
  }
  const total = (of: 'rules' | 'definitions') => read.reduce((sum, s) => sum + s[of].length, 0)
  if (total('rules') > BOUNDS.allRules || total('definitions') > BOUNDS.allDefinitions) {
    throw new Wrong(`at most ${BOUNDS.allRules} rules and ${BOUNDS.allDefinitions} definitions are taken`)
  }
  const ordered = Array.from({ length: count }, (_, i) => {
    const about = read.filter(s => s.from === i + 1)
    const [one] = about
    if (one === undefined || about.length > 1) {
      throw new Wrong(`expected exactly one entry with \`from\`: ${i + 1}, found ${about.length}`)
    }
    return one
  })
  return {
    sentences: ordered,
    examples: examples === undefined ? [] : listOf(examples, 'examples', BOUNDS.examples, exampleFrom),
  }
}

function sentenceFrom(json: Json, at: string): SentenceAnswer {
  const { from, rules, definitions, cannot } = membersOf(json, at, ['from', 'rules'])
  const said =
    cannot === undefined || cannot === null ? '' : shown(textOf(cannot, `${at}.cannot`, 20_000), BOUNDS.cannot)
  return {
    from: wholeOf(from, `${at}.from`),
    rules: listOf(rules, `${at}.rules`, BOUNDS.rules, lineOf),
    definitions: definitions === undefined ? [] : listOf(definitions, `${at}.definitions`, BOUNDS.definitions, lineOf),
    cannot: said === '' ? null : said,
  }
}

function exampleFrom(json: Json, at: string): Example {
  const e = membersOf(json, at, ['from', 'subject', 'action', 'resource', 'expected'])
  const given = e.given === undefined ? {} : membersOf(e.given, `${at}.given`, [])
  const short = (value: Json | undefined, name: string) => cleanOf(value, `${at}.${name}`, BOUNDS.text)
  const shorts = (value: Json | undefined, name: string, most: number) =>
    value === undefined ? [] : listOf(value, `${at}.${name}`, most, (item, where) => cleanOf(item, where, 600))
  return {
    from: wholeOf(e.from, `${at}.from`),
    subject: short(e.subject, 'subject'),
    actors: shorts(e.actors, 'actors', 8),
    action: short(e.action, 'action'),
    resource: short(e.resource, 'resource'),
    time: e.time === undefined || e.time === null ? null : short(e.time, 'time'),
    context: e.context === undefined ? [] : listOf(e.context, `${at}.context`, BOUNDS.facts, namedFrom),
    given: {
      tuples: shorts(given.tuples, 'given.tuples', BOUNDS.facts),
      attributes:
        given.attributes === undefined
          ? []
          : listOf(given.attributes, `${at}.given.attributes`, BOUNDS.facts, (item, where) => ({
              ...namedFrom(item, where),
              entity: cleanOf(membersOf(item, where, ['entity']).entity, `${where}.entity`, BOUNDS.text),
            })),
    },
    expected: effectOf(e.expected, `${at}.expected`),
  }
}

function effectOf(json: Json | undefined, at: string): Example['expected'] {
  if (json === 'allow' || json === 'deny' || json === 'escalate') return json
  throw new Wrong(`\`${at}\` is none of \`allow\`, \`deny\` and \`escalate\``)
}

function namedFrom(json: Json, at: string): { readonly name: string; readonly value: Json } {
  const { name, value } = membersOf(json, at, ['name', 'value'])
  return { name: cleanOf(name, `${at}.name`, BOUNDS.text), value: plainOf(value, `${at}.value`) }
}

function plainOf(json: Json | undefined, at: string): Json {
  if (typeof json === 'number' || typeof json === 'boolean') return json
  if (Array.isArray(json)) return listOf(json, at, BOUNDS.facts, (item, where) => cleanOf(item, where, BOUNDS.text))
  return cleanOf(json, at, BOUNDS.text)
}

/** A sentence: one line, without characters that a reader cannot see. */
const lineOf = (json: Json, at: string): string => cleanOf(json, at, BOUNDS.sentence).trim()

const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u

function cleanOf(json: Json | undefined, at: string, most: number): string {
  const found = textOf(json, at, most)
  if (UNSEEN.test(found)) throw new Wrong(`\`${at}\` holds a line break or a character that cannot be seen`)
  return found
}

/** Free text made safe to show and to keep: what cannot be seen is a space, and the rest is cut. */
export const shown = (text: string, most: number): string =>
  text.slice(0, most).toWellFormed().replaceAll(new RegExp(UNSEEN, 'gu'), ' ').replaceAll(/ {2,}/g, ' ').trim()

function membersOf(json: Json | undefined, at: string, needed: readonly string[]): Partial<JsonObject> {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new Wrong(`\`${at}\` is not an object`)
  const missing = needed.find(name => !Object.hasOwn(json, name))
  if (missing !== undefined) throw new Wrong(`\`${at}\` has no \`${missing}\``)
  return json as JsonObject
}

function listOf<T>(
  json: Json | undefined,
  at: string,
  most: number,
  item: (json: Json, at: string) => T,
): readonly T[] {
  if (!Array.isArray(json)) throw new Wrong(`\`${at}\` is not a list`)
  if (json.length > most) throw new Wrong(`\`${at}\` has ${json.length} entries, at most ${most} are taken`)
  return json.map((one: Json, i) => item(one, `${at}[${i}]`))
}

function textOf(json: Json | undefined, at: string, most: number): string {
  if (typeof json !== 'string') throw new Wrong(`\`${at}\` is not a text`)
  if (json.length > most) throw new Wrong(`\`${at}\` has ${json.length} characters, at most ${most} are taken`)
  return json
}

function wholeOf(json: Json | undefined, at: string): number {
  if (!Number.isSafeInteger(json)) throw new Wrong(`\`${at}\` is not a whole number`)
  return json as number
}
