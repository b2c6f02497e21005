import type { Command } from 'commander'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { readSource } from './sources.ts'

/** Options of commands that read rules from files. */
export interface PolicyOptions {
  readonly model?: string
  readonly zone: string
}

export const addPolicyOptions = (command: Command): Command =>
  command
    .option('--model <file>', 'the OpenFGA model whose types and relations the rules speak of')
    .option('--zone <zone>', "the org's time zone, an IANA name", 'UTC')

/** The words there are before any text of the org's. */
export async function vocabularyFrom({ model, zone }: PolicyOptions): Promise<Vocabulary> {
  const { modelFrom, zoneFrom } = await import('./world.ts')
  const { vocabularyOf } = await import('../pdp/org.ts')
  const org = { slug: 'local', name: 'local', zone: zoneFrom(zone) }
  return vocabularyOf(org, model === undefined ? null : modelFrom(readSource(model)).model)
}
