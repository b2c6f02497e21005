import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Ed25519, LIBSODIUM, OPENSSL } from '../../../src/pdp/tokens/ed25519.ts'

const skip =
  LIBSODIUM === null
    ? 'there is no sodium-native here: `npm install` brings it where it is built for the machine'
    : false
const both: readonly (readonly [string, Ed25519])[] = [
  ['openssl', OPENSSL],
  ...(LIBSODIUM ? [['libsodium', LIBSODIUM] as const] : []),
]

const fromHex = (text: string): Buffer => Buffer.from(text, 'hex')
const publicKeyOf = (x: Buffer): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }, format: 'jwk' })

/** RFC 8032, section 7.1: secret, public key, message, signature. */
const VECTORS = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
] as const

for (const [name, one] of both) {
  test(`${name}: the examples of the RFC`, () => {
    for (const [secret, x, message, signature] of VECTORS) {
      const jwk = {
        kty: 'OKP',
        crv: 'Ed25519',
        d: fromHex(secret).toString('base64url'),
        x: fromHex(x).toString('base64url'),
      }
      const key = createPrivateKey({ key: jwk, format: 'jwk' })
      assert.equal(one.sign(fromHex(message), key).toString('hex'), signature)
      assert.ok(one.verify(fromHex(message), publicKeyOf(fromHex(x)), fromHex(signature)))
    }
  })

  test(`${name}: a signature of the wrong length is wrong`, () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const data = Buffer.from('a')
    const signature = one.sign(data, privateKey)
    for (const bad of [signature.subarray(1), Buffer.concat([signature, signature]), Buffer.alloc(0)]) {
      assert.equal(one.verify(data, publicKey, bad), false)
    }
  })

  test(`${name}: what is added to the order of the group makes no second signature`, () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const data = Buffer.from('once')
    const signature = one.sign(data, privateKey)
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
    const other = Buffer.concat([signature.subarray(0, 32), fromHex(s.toString(16).padStart(64, '0')).reverse()])
    assert.equal(one.verify(data, publicKey, other), false)
  })
}

test('both make the same signatures, and refuse what was changed', { skip }, () => {
  const sodium = LIBSODIUM as Ed25519
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(), fc.nat({ max: 7 }), (data, at, bit) => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      const signature = OPENSSL.sign(data, privateKey)
      assert.deepEqual(sodium.sign(data, privateKey), signature)
      assert.ok(sodium.verify(data, publicKey, signature))
      const changed = Buffer.from(signature)
      changed.writeUInt8(changed.readUInt8(at % 64) ^ (1 << bit), at % 64)
      assert.equal(sodium.verify(data, publicKey, changed), false)
      const other = Buffer.concat([data, Buffer.of(bit)])
      assert.equal(sodium.verify(other, publicKey, signature), false)
      assert.equal(sodium.verify(data, generateKeyPairSync('ed25519').publicKey, signature), false)
    }),
    { seed: 8032, numRuns: 60 },
  )
})

test('a key of small order, by which anything is signed, is refused', { skip }, () => {
  const identity = Buffer.alloc(32)
  identity[0] = 1
  const signature = Buffer.concat([identity, Buffer.alloc(32)])
  assert.equal((LIBSODIUM as Ed25519).verify(Buffer.from('anything'), publicKeyOf(identity), signature), false)
})

test('without libsodium OpenSSL signs', () => {
  const file = new URL('../../../src/pdp/tokens/ed25519.ts', import.meta.url).href
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve(name, context, next) {
      if (name === 'sodium-native') throw new Error('it is not here')
      return next(name, context)
    } })
    const { LIBSODIUM, OPENSSL, ed25519 } = await import(${JSON.stringify(file)})
    process.stdout.write(String(LIBSODIUM === null && ed25519 === OPENSSL))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(said, 'true')
})
