import type { Trace, TraceNode, Verdict } from '../policy/decision.ts'
import { parseEntity } from '../policy/entity.ts'
import { asksServer, EXIT_OF } from './ask.ts'
import { addTargetOptions } from './asked.ts'
import type { AddCommand } from './command.ts'
import { EXIT } from './fault.ts'
import { out, printJson } from './print.ts'
import type { QuestionOptions, QuestionReply } from './question-answer.ts'

const HELP = `
The answer begins with the question as it was understood and with what was taken for granted. \`Why …\` shows the trace.
Exit code: 0 allowed, or something was found; 1 denied, nothing found, or not understood; 3 an approval is needed;
2 anything else.

Examples:
  lumoauth ask "Can Alice edit document:roadmap on Sunday?" \\
    --model models/acme.fga --policy examples/acme/acme.policy --facts examples/acme/facts.json \\
    --zone Europe/Berlin --org acme-corp

  LUMOAUTH_KEY=$(cat data/admin-key) lumoauth ask "What can I edit?" --as user:alice \\
    --url http://127.0.0.1:8080 --org acme-corp
`

export const askCommand: AddCommand = (program, finish) => {
  const command = program
    .command('ask')
    .description('ask in English who may do what')
    .argument('<question>', 'the question, such as "Can Alice edit document:1 on Sunday?"')
    .option('--as <type:id>', 'who asks: whom `I` and `me` mean')
    .option('--time <instant>', 'when it is asked, such as 2026-03-04T10:00:00+01:00; now when absent')
  addTargetOptions(command)
    .addHelpText('after', HELP)
    .action(async (question: string, options: QuestionOptions) => {
      const asked = await import('./question-answer.ts')
      const reply = asksServer(options) ? await asked.askServer(question, options) : asked.askFiles(question, options)
      const { renderTrace } = await import('../engine/render.ts')
      if (options.json) printJson(reply)
      else out(textOf(reply, renderTrace))
      finish('results' in reply ? (reply.results.length > 0 ? EXIT.yes : EXIT.no) : EXIT_OF[reply.effect])
    })
}

function textOf(reply: QuestionReply, render: (trace: Trace) => string): string {
  const head = [reply.understood, ...reply.assumptions.map(note => `  ${note}`)].join('\n')
  if ('results' in reply) {
    const rows = reply.results.map(({ action, type, id }) => {
      const thing = type === undefined ? '' : id === undefined || id === null ? type : `${type}:${id}`
      return [action ?? '', thing].filter(text => text !== '').join(' ')
    })
    const more = reply.page.next_token === '' ? [] : ['…']
    return `${head}\n\n${[...(rows.length === 0 ? ['nothing that is known'] : rows), ...more].join('\n')}\n`
  }
  const many = reply.requests.length > 1 ? `\n\n${reply.effect}` : ''
  const bodies = reply.requests.map(({ request, context, trace }) => {
    const { subject, action, resource } = request as unknown as { subject: Named; action: string; resource: Named }
    const what = reply.requests.length > 1 ? `${nameOf(subject)} ${action} ${nameOf(resource)}: ` : ''
    const { effect, reasons, obligations, missing, valid_until } = context
    const verdict = {
      effect,
      reasons,
      obligations,
      missing,
      validUntil: valid_until === null ? null : Date.parse(valid_until),
    }
    const links = (trace ?? []) as readonly TraceNode[]
    return (
      what +
      render({ verdict: verdict as Verdict, subject: parseEntity(nameOf(subject)) ?? { type: '', id: '' }, links })
    )
  })
  return `${head}${many}\n\n${bodies.join('\n')}`
}

interface Named {
  readonly type: string
  readonly id: string | null
}

const nameOf = ({ type, id }: Named): string => (id === null ? type : `${type}:${id}`)
