import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

/** The text of a file that ships with the package, by its path from the package's root. */
export const packageText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')

/** Names of the files with an ending in a folder of the package, sorted. */
export function packageFiles(folder: string, ending: string): readonly string[] {
  return readdirSync(fileURLToPath(new URL(folder, ROOT)))
    .filter(name => name.endsWith(ending))
    .sort()
}
