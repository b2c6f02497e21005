import { createPrivateKey, generateKeyPair, hash, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningKey } from '../../agents/signing-key.ts'
import type { Change } from '../../facts/store.ts'
import type { Clock } from '../../lib/clock.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import type { Writer } from '../write.ts'
import { encoded, verifyingKey } from './jws.ts'

export type SigningAlgorithm = SigningKey['alg']
export const SIGNING_ALGORITHMS = ['EdDSA', 'RS256'] as const satisfies readonly SigningAlgorithm[]

/** What signs now: a private key, and the header of an access token signed with it. */
export interface Signer {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly key: KeyObject
  readonly header: string
}

export interface RotateOptions {
  /** Milliseconds between the moment the new key is published and the one it signs from. */
  readonly lead: number
  /** The old keys are published no longer: what they signed is dead at once. */
  readonly withdraw: boolean
}

export interface SigningKeys {
  /** At once where the org has a key already. Fails with `signing_off` where there is no master key. */
  signer(state: OrgState, alg: SigningAlgorithm): Signer | Promise<Signer>
  /** The public key of a `kid` that is published now. */
  verifier(state: OrgState, kid: string): { readonly alg: SigningAlgorithm; readonly key: KeyObject } | null
  /** Every key that is published now, both algorithms made where one is missing. */
  published(state: OrgState): Promise<readonly SigningKey[]>
  rotate(state: OrgState, by: string, options: RotateOptions): Promise<readonly SigningKey[]>
}

/** Beyond the life of the last token, for clocks that differ. */
const GRACE = 60_000
/** Who makes keys that nobody asked for. */
export const SERVICE = 'service:lumoauth'

/** `refresh` brings an org's state up to what is committed now. */
export function createSigningKeys(
  master: MasterKey | null,
  write: Writer,
  refresh: (slug: string) => Promise<unknown>,
  clock: Clock,
): SigningKeys {
  // By the registered key itself: what an org does not use is not held, and what is replaced is let go.
  const signers = new WeakMap<SigningKey, Signer>()
  const verifiers = new WeakMap<SigningKey, KeyObject>()
  const making = new Map<string, Promise<void>>()

  const signerOf = (state: OrgState, key: SigningKey): Signer => {
    const known = signers.get(key)
    if (known !== undefined) return known
    const opened = master?.open(key.sealed, boundTo(state, key.id)) ?? null
    if (opened === null) throw signingOff(`the master key does not open the signing key \`${key.id}\``)
    const privateKey = createPrivateKey({ key: opened, format: 'der', type: 'pkcs8' })
    opened.fill(0)
    const header = encoded({ alg: key.alg, typ: 'at+jwt', kid: key.id })
    const made = { kid: key.id, alg: key.alg, key: privateKey, header }
    signers.set(key, made)
    return made
  }

  const currentOf = (state: OrgState, alg: SigningAlgorithm): SigningKey | null =>
    signingAt(state.registry.signingKeys.values(), alg, master?.id ?? '', clock())

  /** One at a time in this process; of several processes one writes, and all use what was written. */
  const make = (state: OrgState, alg: SigningAlgorithm): Promise<void> => {
    const place = `${state.org.slug} ${alg}`
    const running = making.get(place)
    if (running !== undefined) return running
    const started = makeFirst(state, alg).finally(() => making.delete(place))
    making.set(place, started)
    return started
  }

  const makeFirst = async (state: OrgState, alg: SigningAlgorithm): Promise<void> => {
    if (master === null) throw signingOff('no master key is set')
    const at = clock()
    const made = await generate(state, alg, master, at, at)
    await write(state, [put(made, SERVICE, null)]).catch(async (error: unknown) => {
      if (!isTaken(error)) throw error
      await refresh(state.org.slug)
    })
  }

  return {
    signer(state, alg) {
      const current = currentOf(state, alg)
      if (current !== null) return signerOf(state, current)
      return make(state, alg).then(() => {
        const made = currentOf(state, alg)
        if (made === null) throw new PdpError('unavailable', 'the signing key was not written; try again')
        return signerOf(state, made)
      })
    },
    verifier(state, kid) {
      const entry = state.registry.signingKeys.get(kid)
      if (entry === undefined || !isPublished(entry, clock())) return null
      const known = verifiers.get(entry)
      if (known !== undefined) return { alg: entry.alg, key: known }
      const key = verifyingKey(entry.publicJwk)
      if (key === null) return null
      verifiers.set(entry, key)
      return { alg: entry.alg, key }
    },
    async published(state) {
      for (const alg of SIGNING_ALGORITHMS) {
        if (master !== null && currentOf(state, alg) === null) await make(state, alg)
      }
      const now = clock()
      const all = [...state.registry.signingKeys.values()].filter(key => isPublished(key, now))
      if (all.length === 0 && master === null) throw signingOff('no master key is set')
      return all.sort((a, b) => a.createdAt - b.createdAt)
    },
    async rotate(state, by, { lead, withdraw }) {
      if (master === null) throw signingOff('no master key is set')
      const at = clock()
      const from = withdraw ? at : at + lead
      const made: SigningKey[] = []
      for (const alg of SIGNING_ALGORITHMS) {
        made.push(await generate(state, alg, master, at, currentOf(state, alg) === null ? at : from))
      }
      const longest = state.registry.settings.maxLifetime * 1000 + GRACE
      const old = [...state.registry.signingKeys.values()]
      const changes: Change[] = made.map(key => put(key, by, null))
      for (const key of old) {
        if (key.removedAt !== null && key.removedAt <= at) {
          changes.push({ kind: 'unregistered', of: 'signing_key', id: key.id, by })
        } else if (withdraw) changes.push(put({ ...key, retiredAt: at, removedAt: at }, by))
        else if (key.retiredAt === null) changes.push(put({ ...key, retiredAt: from, removedAt: from + longest }, by))
      }
      await write(state, changes)
      return made
    },
  }
}

export const isPublished = (key: SigningKey, now: number): boolean => key.removedAt === null || now < key.removedAt

/** The key of an algorithm that signs at an instant: the newest whose time it is, of those this master key sealed. */
export function signingAt(
  keys: Iterable<SigningKey>,
  alg: SigningAlgorithm,
  sealedBy: string,
  now: number,
): SigningKey | null {
  let found: SigningKey | null = null
  for (const key of keys) {
    if (key.alg !== alg || key.sealedBy !== sealedBy || key.notBefore > now) continue
    if (key.retiredAt !== null && key.retiredAt <= now) continue
    if (found === null || key.notBefore >= found.notBefore) found = key
  }
  return found
}

const generateKeys = promisify(generateKeyPair)

/** Generated off the event loop. Its id is the same on every node that makes the next key of this org at the same time. */
async function generate(
  state: OrgState,
  alg: SigningAlgorithm,
  master: MasterKey,
  at: number,
  notBefore: number,
): Promise<SigningKey> {
  // Named before anything is waited for: what others make meanwhile then has this name, and is not made again.
  const id = nextId(state, alg, master.id)
  const { publicKey, privateKey } =
    alg === 'EdDSA' ? await generateKeys('ed25519') : await generateKeys('rsa', { modulusLength: 2048 })
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' })
  const sealed = master.seal(secret, boundTo(state, id))
  secret.fill(0)
  const publicJwk: JsonObject = { ...(publicKey.export({ format: 'jwk' }) as JsonObject), kid: id, use: 'sig', alg }
  return {
    kind: 'signing_key',
    id,
    alg,
    publicJwk,
    sealed,
    sealedBy: master.id,
    createdAt: at,
    notBefore,
    retiredAt: null,
    removedAt: null,
  }
}

const PREFIX = { EdDSA: 'ed', RS256: 'rs' } as const

/** Numbered within the org and algorithm; the rest keeps it apart from keys of other orgs and instances. */
function nextId(state: OrgState, alg: SigningAlgorithm, masterId: string): string {
  const numbers = [...state.registry.signingKeys.values()]
    .filter(key => key.alg === alg)
    .map(key => Number(key.id.split('-')[1]))
  const number = Math.max(0, ...numbers) + 1
  const place = hash('sha256', `${masterId} ${state.org.slug} ${alg} ${number}`, 'base64url').slice(0, 16)
  return `${PREFIX[alg]}-${number}-${place.replaceAll('-', '_')}`
}

const boundTo = (state: OrgState, id: string): string => `${state.org.slug} ${id}`

const put = (entry: SigningKey, by: string, replaces?: null): Change => ({
  kind: 'registered',
  entry,
  by,
  ...(replaces === null && { replaces }),
})

const isTaken = (error: unknown): boolean => error instanceof PdpError && error.code === 'stale_version'

const signingOff = (why: string): PdpError =>
  new PdpError('signing_off', `tokens are not signed here: ${why}; set LUMOAUTH_MASTER_KEY`, {
    setting: 'LUMOAUTH_MASTER_KEY',
  })
