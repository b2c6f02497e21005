import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const GOS = ['go', '/usr/local/go/bin/go']

/** A program on the path or among those that Go installed; null where it is not to be had. */
export function installed(name: string): string | null {
  if (spawnSync(name, ['version']).status === 0) return name
  for (const go of GOS) {
    const asked = spawnSync(go, ['env', 'GOPATH'])
    const found = asked.status === 0 ? join(String(asked.stdout).trim(), 'bin', name) : ''
    if (found !== '' && existsSync(found)) return found
  }
  return null
}

/** Its version as it says, or as Go built it. Empty where neither is to be had. */
export function versionOf(binary: string): string {
  const said = spawnSync(binary, ['version'])
  const path = binary.includes('/') ? binary : String(spawnSync('which', [binary]).stdout).trim()
  const built = GOS.map(go => String(spawnSync(go, ['version', '-m', path]).stdout))
  const texts = [`${said.stdout}${said.stderr}`, ...built.map(text => /^\s+mod\s.*$/m.exec(text)?.[0] ?? '')]
  return texts.map(text => /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '').find(version => version !== '') ?? ''
}
