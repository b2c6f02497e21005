/** Exit codes: 0 yes, 1 no, 2 the command could not be carried out, 3 an approval is needed. */
export const EXIT = { yes: 0, no: 1, fault: 2, escalate: 3 } as const

/** Why a command could not be carried out; the message is all its user needs to see. */
export class Fault extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number = EXIT.fault) {
    super(message)
    this.name = 'Fault'
    this.exitCode = exitCode
  }
}

/** What any thrown thing says of itself, in one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ').trim()
