import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { ADMIN_KEY } from './app.ts'

const ROOT = resolve(import.meta.dirname, '../..')

export interface Node {
  readonly process: ChildProcess
  readonly url: string
}

/** The service in a process of its own, as one of several on a database. */
export function node(env: Readonly<Record<string, string>>): Promise<Node> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'serve'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: 'memory',
      LOG_LEVEL: 'info',
      LUMOAUTH_ADMIN_KEY: ADMIN_KEY,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  return new Promise((done, fail) => {
    const hear = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-10_000)
      const port = /"port":(\d+)/.exec(output)?.[1]
      if (port !== undefined) done({ process: child, url: `http://127.0.0.1:${port}` })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', code => fail(new Error(`the service ended with ${code}: ${output}`)))
  })
}
