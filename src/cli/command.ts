import type { Command } from 'commander'

/** Adds a command to the program; `finish` takes its exit code. */
export type AddCommand = (program: Command, finish: (code: number) => void) => void
