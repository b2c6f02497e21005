import type { Builder } from './build.ts'
import { clauseOf } from './circumstances.ts'
import { circumstanceOf } from './question-match.ts'
import { type Circumstance, named, type Person, type QuestionNode } from './question-syntax.ts'
import type { Listed, Phrase, Words } from './syntax.ts'
import type { Token } from './token.ts'

type Circs = readonly Circumstance[]

/** A question while it is put together: what is not said yet is absent. */
type Part = Partial<QuestionNode>

const NOTHING: QuestionNode = {
  form: 'yes-no',
  explain: false,
  who: null,
  among: null,
  verbs: null,
  resources: null,
  circumstances: [],
}

const part = (value: unknown): Part => value as Part
const listed = <T>(value: unknown): Listed<T> | null => (value ?? null) as Listed<T> | null

/** The parts as one, their circumstances one after the other. */
function merged(...parts: readonly Part[]): Part {
  const circumstances = parts.flatMap(p => p.circumstances ?? [])
  return { ...Object.assign({}, ...parts), circumstances }
}

const about = (who: unknown, circs: unknown = []): Part => ({
  who: listed<Person>(who),
  circumstances: circs as Circs,
})
const aside = (circs: unknown): Part => ({ circumstances: circs as Circs })
const among = (phrases: unknown): Part => ({ among: listed<Phrase>(phrases) })
const verbs = (value: unknown): Part => ({ verbs: listed<Token>(value) })
const on = (value: unknown): Part => ({ resources: listed<Phrase>(value) })
const form = (name: QuestionNode['form']): Part => ({ form: name })

const supposed = (token: Token): Circumstance => ({ kind: 'clause', token, clause: clauseOf(token) })
const behalf =
  (at: number): Builder =>
  d => ({ kind: 'behalf', of: d[at] })

/** Builders by the names grammar/question.ne calls them, beside those of rules. */
export const QUESTION_BUILDERS: Readonly<Record<string, Builder>> = {
  q_skip: d => d[0],
  q_nothing: () => null,
  q_with: d => ({ ...NOTHING, ...merged(part(d[0]), aside(d[1])) }),
  q_with_first: d => ({ ...NOTHING, ...merged(aside(d[0]), part(d[2]), aside(d[3])) }),

  q_yes_no: d => merged(part(d[0]), part(d[1])),
  q_yes_no_after: d => merged(part(d[1]), part(d[2])),
  q_explain: d => ({ ...merged(part(d[1]), part(d[2])), explain: true }),
  q_gerund: d => merged(about(d[5]), verbs(d[1]), on(d[2])),
  q_who_can: d => merged(form('who'), aside(d[3]), part(d[4])),
  q_who_does: d => merged(form('who'), verbs({ items: [d[1]], conjs: [] }), on(d[2])),
  q_which_can: d => merged(form('who'), among(d[2]), aside(d[4]), part(d[5])),
  q_which_of: d => merged(form('what'), among(d[2]), part(d[3]), verbs(d[4])),
  q_those: d => merged(form('what'), among(d[1]), part(d[3]), verbs(d[4])),
  q_what: d => merged(form('what'), part(d[1]), verbs(d[2])),
  q_what_after: d => merged(form('what'), part(d[2]), verbs(d[3])),
  q_do: d => merged(form('do'), part(d[1]), on(d[3])),
  q_do_after: d => merged(form('do'), part(d[2]), on(d[4])),
  q_actions: d => merged(form('do'), part(d[3]), on(d[5])),

  q_subject: d => about(d[1], d[3]),
  q_subject_allowed: d => about(d[1], d[6]),
  q_subject_is: d => about(d[1], d[5]),
  q_it_is: d => about(d[4]),
  q_subject_has: d => about(d[1]),
  q_statement: d => about(d[0], d[3]),
  q_me: d => ({ kind: 'me', token: d[0] }),
  q_typed: d => ({ kind: 'typed', type: d[1], name: d[2] }),
  q_does: d => merged(verbs(d[0]), on(d[1])),
  q_do_any: d => merged(form('do'), on(d[3])),

  q_circ_more: d => [...(d[0] as Circs), d[2] as Circumstance],
  q_asking: d => circumstanceOf(d[0] as Token),
  q_supposed: d => supposed(d[0] as Token),
  q_supposed_if: d => supposed(d[1] as Token),
  q_for: behalf(1),
  q_behalf: behalf(3),
  q_my_behalf: d => ({ kind: 'behalf', of: { kind: 'me', token: d[1] } }),
  q_their_behalf: d => ({ kind: 'behalf', of: named(d[2] as Words, (d[1] ?? null) as Token | null) }),
  q_acting: behalf(2),
  q_state: d => ({ kind: 'state', ref: d[1], comparison: d[2] }),
  q_named_run: d => named(d[1] as Words, (d[0] ?? null) as Token | null),
}
