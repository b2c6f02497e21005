/** Ids, values and policies come from others: what steers a terminal is shown, not sent. */
const tame = (text: string): string =>
  text.replaceAll(
    /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/gu,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Text for whoever asked: answers, reports, help. */
export function out(text: string): void {
  process.stdout.write(tame(text.endsWith('\n') ? text : `${text}\n`))
}

/** Text beside the answer: what went wrong, as `lumoauth: …`. */
export function complain(message: string): void {
  process.stderr.write(tame(`lumoauth: ${message.trimEnd()}\n`))
}

export const printJson = (value: unknown): void => out(JSON.stringify(value, null, 2))
