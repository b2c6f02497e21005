#!/usr/bin/env node
import { complain } from './print.ts'

const NEEDED = 24

// A reader that goes away, as `head` does, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  complain(`needs Node ${NEEDED} or later, and this is ${process.versions.node}`)
  process.exitCode = 2
} else {
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
}
