import nearley from 'nearley'
import { BUILDERS, type Children } from './build.ts'
import { RULES } from './grammar.gen.ts'
import { labelOf } from './labels.ts'
import { RULES as QUESTION_RULES } from './question.gen.ts'
import { QUESTION_BUILDERS } from './question-build.ts'
import type { QuestionNode } from './question-syntax.ts'
import type { Clause, Joined, RuleNode } from './syntax.ts'
import type { DefinitionNode } from './syntax-definition.ts'
import type { GrammarSymbol, Token } from './token.ts'

interface Terminal {
  readonly symbol: Exclude<GrammarSymbol, string>
  test(token: Token): boolean
}

/** What is read of nearley's table: where each column stands and what it could take next. */
interface Table {
  readonly current: number
  readonly table: readonly {
    readonly states: readonly unknown[]
    readonly scannable: readonly {
      readonly rule: { readonly name: string; readonly symbols: readonly unknown[] }
      readonly dot: number
    }[]
  }[]
}

/** Trees of a sentence, or where it stopped making sense: at a token, or null at its end. */
export type Parsed<T> =
  | { readonly kind: 'trees'; readonly trees: readonly T[] }
  | { readonly kind: 'stuck'; readonly at: Token | null; readonly expected: readonly string[] }
  | { readonly kind: 'tangled'; readonly at: Token }

/** More than any sentence needs that has one meaning. */
const MOST_STATES = 4000

function terminal(symbol: Exclude<GrammarSymbol, string>): Terminal {
  if ('literal' in symbol) return { symbol, test: token => token.word === symbol.literal }
  return { symbol, test: token => token.is.includes(symbol.token) }
}

function grammar(start: string): nearley.Grammar {
  const rules = [...RULES, ...QUESTION_RULES].map(rule => ({
    name: rule.name,
    symbols: rule.symbols.map(symbol => (typeof symbol === 'string' ? symbol : terminal(symbol))),
    postprocess: (d: Children) => (BUILDERS[rule.build] ?? QUESTION_BUILDERS[rule.build])?.(d),
  }))
  return nearley.Grammar.fromCompiled({ Lexer: undefined, ParserRules: rules as never, ParserStart: start })
}

/** A start of its own for each shape of sentence keeps the tables of all small. */
const GRAMMARS = {
  rule: grammar('rule'),
  imperative: grammar('imperative'),
  passive: grammar('passive'),
  doing: grammar('doing'),
  clauses: grammar('clauses'),
  definition: grammar('definition'),
  question: grammar('question'),
}

export type RuleStart = 'rule' | 'imperative' | 'passive' | 'doing'

export const parseRule = (start: RuleStart, tokens: readonly Token[]): Parsed<RuleNode> => parse(start, tokens)
export const parseClauses = (tokens: readonly Token[]): Parsed<readonly Joined<Clause>[]> => parse('clauses', tokens)
export const parseDefinition = (tokens: readonly Token[]): Parsed<DefinitionNode> => parse('definition', tokens)
export const parseQuestion = (tokens: readonly Token[]): Parsed<QuestionNode> => parse('question', tokens)

function parse<T>(start: keyof typeof GRAMMARS, tokens: readonly Token[]): Parsed<T> {
  const parser = new nearley.Parser(GRAMMARS[start])
  const table = parser as unknown as Table
  for (const token of tokens) {
    const column = table.table[table.current]
    const takes = column?.scannable.some(state => (state.rule.symbols[state.dot] as Terminal).test(token)) ?? false
    if (!takes) return { kind: 'stuck', at: token, expected: expectations(table) }
    parser.feed([token] as unknown as string)
    if ((table.table[table.current]?.states.length ?? 0) > MOST_STATES) return { kind: 'tangled', at: token }
  }
  const trees = parser.results as readonly T[] | undefined
  if (trees === undefined || trees.length === 0) return { kind: 'stuck', at: null, expected: expectations(table) }
  return { kind: 'trees', trees }
}

function expectations(table: Table): readonly string[] {
  const labels = new Set<string>()
  for (const state of table.table[table.current]?.scannable ?? []) {
    const label = labelOf(state.rule.name, (state.rule.symbols[state.dot] as Terminal).symbol)
    if (label !== null) labels.add(label)
  }
  return [...labels]
    .sort((a, b) => Number(a.startsWith('`')) - Number(b.startsWith('`')) || (a < b ? -1 : 1))
    .slice(0, 8)
}
