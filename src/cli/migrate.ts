import type { AddCommand } from './command.ts'
import { Fault } from './fault.ts'
import { out } from './print.ts'
import { startFault } from './start-fault.ts'

const HELP = `
Run it as the owner of the database before a new release starts with a login of its own. A service that may change the
schema does this itself when it starts.

Examples:
  lumoauth migrate
  DATABASE_URL=postgres://owner@db.internal/lumoauth lumoauth migrate
`

export const migrateCommand: AddCommand = (program, finish) => {
  program
    .command('migrate')
    .description('bring the database of DATABASE_URL, or of DATA_DIR, up to this release')
    .addHelpText('after', HELP)
    .action(async () => {
      const { readConfig } = await import('../config.ts')
      const { migrate } = await import('../adapters/store.ts')
      const { targetOf } = await import('../server.ts')
      try {
        const target = targetOf(readConfig(process.env))
        if (target.kind === 'memory') throw new Fault('there is nothing to migrate: DATA_DIR is `memory`', 1)
        const applied = await migrate(target)
        out(applied === 0 ? 'the database is up to date' : `applied ${applied} migration${applied === 1 ? '' : 's'}`)
        finish(0)
      } catch (error) {
        throw startFault(error)
      }
    })
}
