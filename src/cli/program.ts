import { Command, CommanderError } from 'commander'
import { packageText } from '../adapters/package-files.ts'
import { agentsCommand } from './agents.ts'
import { analyzeCommand } from './analyze.ts'
import { approvalsCommand } from './approvals.ts'
import { auditCommand } from './audit.ts'
import { budgets } from './budgets.ts'
import { checkCommand } from './check.ts'
import type { AddCommand } from './command.ts'
import { compileCommand } from './compile.ts'
import { diffCommand } from './diff.ts'
import { explainCommand } from './explain.ts'
import { EXIT, Fault, messageOf } from './fault.ts'
import { formatCommand } from './format.ts'
import { impactCommand } from './impact.ts'
import { mcpCommand } from './mcp.ts'
import { migrateCommand } from './migrate.ts'
import { complain, out } from './print.ts'
import { printAstCommand } from './print-ast.ts'
import { historyCommand, publishCommand, rollbackCommand } from './publish.ts'
import { askCommand } from './question.ts'
import { relationsCommand } from './relations.ts'
import { serveCommand } from './serve.ts'
import { servicesCommand } from './services.ts'
import { signingKeysCommand } from './signing-keys.ts'
import { testCommand } from './test.ts'
import { translateCommand } from './translate.ts'
import { usersCommand } from './users.ts'

const COMMANDS: readonly AddCommand[] = [
  serveCommand,
  compileCommand,
  analyzeCommand,
  checkCommand,
  explainCommand,
  askCommand,
  formatCommand,
  printAstCommand,
  testCommand,
  diffCommand,
  impactCommand,
  publishCommand,
  rollbackCommand,
  historyCommand,
  translateCommand,
  agentsCommand,
  budgets,
  usersCommand,
  approvalsCommand,
  servicesCommand,
  mcpCommand,
  relationsCommand,
  signingKeysCommand,
  auditCommand,
  migrateCommand,
]

const HELP = `
Exit codes:
  0  done, or allowed
  1  no: denied, a sentence that is refused, a policy test that fails
  2  the command could not be carried out
  3  the answer is that an approval is needed

Start here:
  lumoauth serve
  lumoauth compile examples/acme/acme.policy --model models/acme.fga
  lumoauth help check
`

const version = (): string => (JSON.parse(packageText('package.json')) as { version: string }).version

/** Carries out one command line and answers its exit code; all that is printed for a fault is one line, or a report. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = EXIT.yes
  const program = new Command('lumoauth')
    .description('Authorization by rules in plain English: serve it, check rules, ask why, test policies.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', HELP)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: out, outputError: text => complain(oneLine(text)) })
  for (const add of COMMANDS) {
    add(program, result => {
      code = result
    })
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return failed(error)
  }
}

/** Commander's complaint and its suggestion, without its prefix. */
const oneLine = (text: string): string =>
  `${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')}; \`lumoauth --help\` lists what there is`

function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.yes : EXIT.fault
  complain(error instanceof Fault ? error.message : messageOf(error))
  return error instanceof Fault ? error.exitCode : EXIT.fault
}
