import type { Condition, ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import { nounOf, printCondition, printResource, printSubject } from '../policy/print.ts'
import type { Wish } from './ask.ts'
import { constant, NO, YES } from './formula.ts'
import { hasAction, holds, type Pieces, piecesOf } from './ground.ts'
import { concerned, type Inquiry, inquire, isNone, quote } from './inquiry.ts'
import type { Part } from './part.ts'

const wishOf = (part: Part, pieces: Pieces): Wish => ({
  part,
  want: YES,
  formula: g => (hasAction(part, g.link.action) ? holds(pieces, g) : constant(NO)),
})

/** Says that no request satisfies a rule, and which of its clauses exclude one another. */
export function neverMatches(part: Part, inquiry: Inquiry): void {
  const because = clash(part, piecesOf(part), inquiry)
  const clauses = because.map(text => `\`${text}\``).join(' and ')
  const why =
    because.length === 0
      ? 'it asks for the impossible'
      : because.length === 1
        ? `${clauses} never holds`
        : `${clauses} never hold together`
  inquiry.findings.push({
    kind: 'never-matches',
    rules: [concerned(part.source)],
    clause: null,
    because,
    example: null,
    text: `no request can match ${quote(part.source)}: ${why}`,
  })
}

type Piece = { readonly who: SubjectPhrase } | { readonly what: ResourcePhrase } | { readonly rest: Condition }

const split = ({ who, what, rest }: Pieces): readonly Piece[] => [
  ...who.map(p => ({ who: p })),
  ...what.map(p => ({ what: p })),
  ...rest.map(c => ({ rest: c })),
]

const merge = (pieces: readonly Piece[]): Pieces => ({
  who: pieces.flatMap(p => ('who' in p ? [p.who] : [])),
  what: pieces.flatMap(p => ('what' in p ? [p.what] : [])),
  rest: pieces.flatMap(p => ('rest' in p ? [p.rest] : [])),
})

/** The fewest pieces that still cannot hold together. */
function clash(part: Part, pieces: Pieces, inquiry: Inquiry): readonly string[] {
  let left = split(pieces)
  for (const piece of left) {
    const fewer = left.filter(p => p !== piece)
    if (isNone([wishOf(part, merge(fewer))], `${quote(part.source)} never matches`, inquiry)) left = fewer
  }
  const noun = nounOf(part.source.rule.resource)
  return left.map(piece => {
    if ('who' in piece) return printSubject(piece.who, noun)
    return 'what' in piece ? printResource(piece.what, noun) : printCondition(piece.rest, noun)
  })
}

/** Exceptions that never hold and alternatives that never match, in a rule that can match otherwise. */
export function deadClauses(part: Part, inquiry: Inquiry): void {
  const pieces = piecesOf(part)
  for (const { text, kind, variant } of variants(part, pieces)) {
    const what = `\`${text}\` in ${quote(part.source)} ever holds`
    if (inquire([wishOf(part, variant)], [], what, inquiry).kind !== 'none') continue
    const because = clash(part, variant, inquiry)
    inquiry.findings.push({
      kind: 'never-matches',
      rules: [concerned(part.source)],
      clause: text,
      because,
      example: null,
      text: `the ${kind} \`${text}\` of ${quote(part.source)} never holds`,
    })
  }
}

interface Variant {
  readonly text: string
  readonly kind: 'exception' | 'alternative'
  readonly variant: Pieces
}

/** The rule with one of its alternatives alone, or with an exception turned into a demand. */
function variants(part: Part, pieces: Pieces): readonly Variant[] {
  const noun = nounOf(part.source.rule.resource)
  const found: Variant[] = []
  for (const [i, c] of pieces.rest.entries()) {
    const turned = c.kind === 'not' ? [c.of] : c.kind === 'any' ? c.of : []
    for (const one of turned) {
      const kind = c.kind === 'not' ? 'exception' : 'alternative'
      found.push({ text: printCondition(one, noun), kind, variant: { ...pieces, rest: pieces.rest.with(i, one) } })
    }
  }
  for (const phrase of pieces.who) {
    if (phrase.kind === 'any-of') {
      for (const one of phrase.of)
        found.push({ text: printSubject(one, noun), kind: 'alternative', variant: { ...pieces, who: [one] } })
    } else if (phrase.kind === 'except') {
      found.push({
        text: printSubject(phrase.but, noun),
        kind: 'exception',
        variant: { ...pieces, who: [phrase.of, phrase.but] },
      })
    }
  }
  for (const phrase of pieces.what) {
    if (phrase.kind === 'any-of') {
      for (const one of phrase.of)
        found.push({ text: printResource(one, noun), kind: 'alternative', variant: { ...pieces, what: [one] } })
    } else if (phrase.kind === 'except') {
      found.push({
        text: printResource(phrase.but, noun),
        kind: 'exception',
        variant: { ...pieces, what: [phrase.of, phrase.but] },
      })
    }
  }
  return found
}
