import { heard, SERVER_CORE, start, stop } from '../http/children.ts'
import { APPS } from './all.ts'
import { MAKERS } from './race.ts'

export interface WeightRow {
  readonly app: string
  readonly size: number
  readonly name: string
  /** Bytes on the heap and in buffers that the world and its 256 decisions added. */
  readonly heap: number
  /** Bytes of memory of WebAssembly, whatever is in it. */
  readonly wasm: number
  /** Bytes the whole process has in memory. */
  readonly rss: number
}

/** What each contestant holds of a world, each in a process of its own. */
export async function weighApps(sizes: readonly number[], say: (text: string) => void): Promise<readonly WeightRow[]> {
  const rows: WeightRow[] = []
  for (const { name: app } of APPS) {
    say(`  ${app}`)
    for (const size of sizes) {
      for (const { name } of MAKERS.filter(m => m.name !== 'ours, cold')) {
        rows.push({ app, size, name, ...(await weigh(app, size, name)) })
      }
    }
  }
  return rows
}

async function weigh(app: string, size: number, maker: string): Promise<Pick<WeightRow, 'heap' | 'wasm' | 'rss'>> {
  const file = (name: string): string => new URL(name, import.meta.url).pathname
  const args = ['--expose-gc', '--import', file('./wasm.ts'), file('./weigh.ts'), app, String(size), maker]
  const child = start(SERVER_CORE, process.execPath, args, true)
  try {
    return await heard(child)
  } finally {
    await stop(child)
  }
}
