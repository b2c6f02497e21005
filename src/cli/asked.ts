import type { Command } from 'commander'
import { parseEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Asked } from '../protocols/request.ts'
import { keyOption } from './client.ts'
import { Fault, messageOf } from './fault.ts'

/** What is asked: files, or a server. */
export interface TargetOptions {
  readonly model?: string
  readonly policy?: readonly string[]
  readonly facts?: string
  readonly zone?: string
  readonly org?: string
  readonly url?: string
  readonly key?: string
  readonly json?: true
}

/** Options of `check` and `explain`: the question, and what it is asked of. */
export interface AskOptions extends TargetOptions {
  readonly subject: string
  readonly action: string
  readonly resource: string
  readonly actor?: readonly string[]
  readonly subjectProperties?: string
  readonly resourceProperties?: string
  readonly context?: string
  readonly time?: string
  readonly ip?: string
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export function addAskOptions(command: Command): Command {
  const asked = command
    .requiredOption('--subject <type:id>', 'who asks, such as user:alice')
    .requiredOption('--action <name>', 'what they want to do')
    .requiredOption('--resource <type:id>', 'to what; a type alone asks about the type')
    .option('--actor <type:id>', 'who acts for the subject, nearest first; may be repeated', collect)
    .option('--subject-properties <json>', 'what the caller says of the subject')
    .option('--resource-properties <json>', 'what the caller says of the resource')
    .option('--context <json>', 'what the caller says of the call')
    .option('--time <instant>', 'the time asked about, such as 2026-03-04T10:00:00+01:00; now when absent')
    .option('--ip <address>', "the caller's address")
  return addTargetOptions(asked)
}

export function addTargetOptions(command: Command): Command {
  return command
    .optionsGroup('Asked of files:')
    .option('--model <file>', 'the OpenFGA model')
    .option('--policy <file>', 'rules in English; may be repeated', collect)
    .option('--facts <file>', 'JSON with `tuples` and `attributes`, as in examples/acme/facts.json')
    .option('--zone <zone>', "the org's time zone (default: UTC)")
    .optionsGroup('Asked of a server:')
    .option('--url <url>', 'where it listens, such as http://127.0.0.1:8080')
    .addOption(keyOption())
    .optionsGroup('Both:')
    .option('--org <slug>', "the org asked (default: local for files, the key's own for a server)")
    .option('--json', 'print the answer as JSON')
}

/** The question in AuthZEN's shape. Fails with a `Fault` that names the option. */
export function askedFrom(options: AskOptions): Asked {
  const { type, id } = resourceFrom(options.resource)
  return {
    subject: { ...entityFrom(options.subject, '--subject'), ...properties(options.subjectProperties, 'subject') },
    action: { name: options.action },
    resource: { type, id, ...properties(options.resourceProperties, 'resource') },
    context: contextFrom(options),
  }
}

function contextFrom(options: AskOptions): JsonObject {
  const context = options.context === undefined ? {} : objectFrom(options.context, '--context')
  const actors = (options.actor ?? []).map(text => ({ ...entityFrom(text, '--actor') }))
  return {
    ...context,
    ...(actors.length > 0 && { actors }),
    ...(options.time !== undefined && { time: options.time }),
    ...(options.ip !== undefined && { ip: options.ip }),
  }
}

export function entityFrom(text: string, where: string) {
  const entity = parseEntity(text)
  if (entity === null)
    throw new Fault(`${where}: \`${text}\` is no entity: expected \`type:id\`, such as \`user:alice\``)
  return entity
}

/** `type:id`, or a type alone. */
export function resourceFrom(
  text: string,
  where = '--resource',
): { readonly type: string; readonly id: string | null } {
  return text !== '' && !text.includes(':') ? { type: text, id: null } : entityFrom(text, where)
}

const properties = (text: string | undefined, of: string) =>
  text === undefined ? {} : { properties: objectFrom(text, `--${of}-properties`) }

function objectFrom(text: string, where: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    throw new Fault(`${where}: not JSON: ${messageOf(error)}`)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Fault(`${where}: expected a JSON object, such as {"device":"laptop"}`)
  }
  return value as JsonObject
}
