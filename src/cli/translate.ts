import type { AnsweredTranslation } from '../protocols/manage/translate-shape.ts'
import { keyOption } from './client.ts'
import type { AddCommand } from './command.ts'
import { EXIT, Fault } from './fault.ts'
import { out, printJson } from './print.ts'
import { readSource, readStdin } from './sources.ts'
import type { TranslateOptions } from './translating.ts'

const HELP = `
A language model words each sentence in the language of rules; what it says is compiled, tried by examples and warned of.
Nothing is published. By files the model is the one of LLM_BASE_URL, LLM_MODEL and LLM_API_KEY; a server has its own.
Exit code: 0 all was said, 1 something is open or nothing could be said, 2 anything else.

Examples:
  lumoauth translate wishes.txt --model models/acme.fga --policy examples/acme/acme.policy --zone Europe/Berlin
  echo "Contractors must never see salaries." | lumoauth translate - --model models/acme.fga
  LUMOAUTH_KEY=… lumoauth translate wishes.txt --url http://127.0.0.1:8080 --org acme-corp --save
`

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export const translateCommand: AddCommand = (program, finish) => {
  program
    .command('translate')
    .description('put free English into rules, by a language model')
    .argument('<file>', 'what you mean, in your own words; - reads from the standard input')
    .optionsGroup('By files:')
    .option('--model <file>', 'the OpenFGA model')
    .option('--policy <file>', 'the policy there is; may be repeated', collect)
    .option('--zone <zone>', "the org's time zone (default: UTC)")
    .optionsGroup('By a server:')
    .option('--url <url>', 'where it listens, such as http://127.0.0.1:8080')
    .addOption(keyOption())
    .option('--org <slug>', 'the org of that server')
    .option('--save', 'keep what is ready as a draft')
    .optionsGroup('Both:')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: TranslateOptions) => {
      const atServer = byServer(options)
      const { text } = file === '-' ? readStdin() : readSource(file)
      const how = await import('./translating.ts')
      const done = atServer ? await how.translateAtServer(text, options) : await how.translateHere(text, options)
      if (options.json) printJson(done)
      else report(done)
      finish(done.status === 'ready' ? EXIT.yes : EXIT.no)
    })
}

function byServer({ url, model, policy, zone, save, org }: TranslateOptions): boolean {
  const files = model !== undefined || policy !== undefined || zone !== undefined
  if (url !== undefined && files) throw new Fault('name either files (--model, --policy, --zone) or a server (--url)')
  if (url === undefined && (save === true || org !== undefined)) {
    throw new Fault('--save and --org go with a server: name it with --url')
  }
  return url !== undefined
}

function report(done: AnsweredTranslation): void {
  for (const { sentence, text, rules, definitions, cannot, rejected } of done.sentences) {
    out(`${sentence}. ${text}`)
    for (const line of [...definitions, ...rules.map(r => r.text)]) out(`     ${line}`)
    if (cannot !== null) out(`     not translated, says the model: ${cannot}`)
    for (const { text: tried, diagnostics } of rejected) {
      out(`     refused: ${tried}`)
      for (const { message } of diagnostics.slice(0, 3)) out(`       ${message}`)
    }
  }
  if (done.examples.length > 0) out('\nExamples:')
  for (const { request: r, expected, actual, ok, why } of done.examples) {
    const at = r.time === null ? '' : ` at ${r.time}`
    const through = r.actors.map(actor => ` through ${actor}`).join('')
    out(`  ${ok ? 'ok   ' : 'WRONG'} ${r.subject}${through} ${r.action} ${r.resource}${at}: ${actual ?? 'no answer'}`)
    if (!ok) out(`        expected ${expected}; ${why.join('; ')}`)
  }
  if (done.warnings.length + done.faults.length > 0) out('\nLook at:')
  for (const fault of done.faults) out(`  ${fault}`)
  for (const { kind, sentence, message } of done.warnings) {
    out(`  ${sentence === null ? '' : `sentence ${sentence}: `}${kind.replaceAll('_', ' ')}: ${message}`)
  }
  if (done.changes.length > 0) out('\nWould change:')
  for (const { kind, text } of done.changes) out(`  ${kind}: ${text}`)
  const rounds = `${done.rounds} ${done.rounds === 1 ? 'round' : 'rounds'}`
  const tokens = done.tokens.prompt + done.tokens.completion
  out(`\n${done.status.replaceAll('_', ' ')}; ${rounds} with ${done.model}, ${tokens} tokens`)
  if (done.draft_id !== null) out(`kept as ${done.draft_id}; it is not published`)
}
