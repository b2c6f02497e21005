import type { Effect } from '../policy/decision.ts'
import type { TargetOptions } from './asked.ts'
import { EXIT, Fault } from './fault.ts'

export const EXIT_OF: Readonly<Record<Effect, number>> = { allow: EXIT.yes, deny: EXIT.no, escalate: EXIT.escalate }

/** Whether a server is asked, or files. Fails with a `Fault` where both are, or neither. */
export function asksServer(options: TargetOptions): boolean {
  const { url, model, policy, facts, zone } = options
  const files = model !== undefined || policy !== undefined || facts !== undefined || zone !== undefined
  if (url !== undefined && files) {
    throw new Fault('ask either files (--model, --policy, --facts, --zone) or a server (--url), not both')
  }
  if (url === undefined && !files)
    throw new Fault('name what to ask: files with --model and --policy, or a server with --url')
  return url !== undefined
}
