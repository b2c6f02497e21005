import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'

/** Compiles grammar/*.ne to src/language/*.gen.ts as plain data; with `--check` only says which are out of date. */

interface Compiled {
  readonly start: string
  readonly rules: readonly {
    readonly name: string
    readonly symbols: readonly (string | { readonly literal?: string; readonly token?: string })[]
    readonly postprocess?: string | { readonly builtin: string } | null
  }[]
}

type Parser = { feed(text: string): { readonly results: readonly unknown[] } }

const require = createRequire(import.meta.url)
const nearley = require('nearley') as {
  Parser: new (grammar: unknown) => Parser
  Grammar: { fromCompiled(rules: unknown): unknown }
}
const bootstrapped = require('nearley/lib/nearley-language-bootstrapped.js') as unknown
const compile = require('nearley/lib/compile.js') as (tree: unknown, options: object) => Compiled

function generate(source: string, name: string): string {
  const parser = new nearley.Parser(nearley.Grammar.fromCompiled(bootstrapped))
  const tree = parser.feed(source).results[0]
  const { start, rules } = compile(tree, { args: [name] })
  const lines = rules.map(rule => {
    const symbols = rule.symbols.map(symbol => {
      if (typeof symbol === 'string') return `'${symbol}'`
      return symbol.token === undefined ? `{ literal: '${symbol.literal}' }` : `{ token: '${tokenName(symbol.token)}' }`
    })
    const build = typeof rule.postprocess === 'string' ? rule.postprocess.trim() : rule.postprocess?.builtin
    if (build === undefined) throw new Error(`\`${rule.name}\` in ${name} has an alternative without a builder`)
    return `  { name: '${rule.name}', symbols: [${symbols.join(', ')}], build: '${build}' },`
  })
  return [
    `// Generated from grammar/${name} by scripts/generate.ts: change that file and run \`npm run generate\`.`,
    "import type { GrammarRule } from './token.ts'",
    '',
    `export const START = '${start}'`,
    '',
    'export const RULES: readonly GrammarRule[] = [',
    ...lines,
    ']',
    '',
  ].join('\n')
}

/** nearley writes `%word` as code that asks the lexer for it; only the name is wanted. */
const tokenName = (code: string): string => /has\("(\w+)"\)/.exec(code)?.[1] ?? code

/** The policy grammar came first and has the plain name. */
const target = (name: string): string => (name === 'policy.ne' ? 'grammar' : basename(name, '.ne'))

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'grammar')
for (const name of readdirSync(folder)
  .filter(file => file.endsWith('.ne'))
  .sort()) {
  const path = join(root, 'src/language', `${target(name)}.gen.ts`)
  const text = generate(readFileSync(join(folder, name), 'utf8'), name)
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${path} is out of date: run \`npm run generate\`\n`)
    process.exitCode = 1
  }
}
