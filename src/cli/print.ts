/** Text for whoever asked: answers, reports, help. */
export function out(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Text beside the answer: what went wrong, as `lumoauth: …`. */
export function complain(message: string): void {
  process.stderr.write(`lumoauth: ${message.trimEnd()}\n`)
}

export const printJson = (value: unknown): void => out(JSON.stringify(value, null, 2))
