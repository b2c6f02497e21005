import assert from 'node:assert/strict'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { inCidr, parseAddress, parseCidr } from '../../src/lib/cidr.ts'

const NOT_ADDRESSES = [
  '',
  ' ',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '1.2.3.-4',
  '1.2.3.4 ',
  '0x1.2.3.4',
  '1..2.3',
  '1.2.3.',
  '::1%eth0',
  'fe80::1%1',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  'g::',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '1:2:3:4:5:6:7::8',
  ':1:2:3:4:5:6:7',
  '[::1]',
  '10.0.0.0/8',
  '１.2.3.4',
]

test('what is not exactly one address is refused', () => {
  for (const text of NOT_ADDRESSES) assert.equal(parseAddress(text), null, text)
})

const INSIDE: readonly (readonly [string, string, boolean])[] = [
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:a01:203', true],
  ['192.0.2.128/25', '192.0.2.127', false],
  ['255.255.255.255', '255.255.255.255', true],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '::1', false],
  ['::/0', '203.0.113.9', false],
  ['::/0', '2001:db8::1', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
]

test('an address is in a block or not', () => {
  for (const [range, ip, inside] of INSIDE) {
    const block = parseCidr(range)
    const address = parseAddress(ip)
    assert.ok(block !== null && address !== null, `${range} ${ip}`)
    assert.equal(inCidr(address, block), inside, `${ip} in ${range}`)
  }
})

test('a block has a plain prefix and no bits beyond it', () => {
  const wrong = [
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/+8',
    '10.0.0.0/8/8',
    '2001:db8::1/32',
    '::/129',
    '/8',
    'x',
    '2001:db8::%1/32',
  ]
  for (const text of wrong) assert.equal(parseCidr(text), null, text)
})

test('addresses are read as the runtime reads them', () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom(...'0123456789abcf:./%'), maxLength: 20 }),
  )
  const same = fc.property(text, ip => {
    assert.equal(parseAddress(ip) !== null, isIPv4(ip) || (isIPv6(ip) && !ip.includes('%')), ip)
  })
  fc.assert(same, { seed: 6, numRuns: 5000 })
})

test('blocks hold what the runtime says they hold', () => {
  const same = fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (ip, base, prefix) => {
    const parts = base.split('.').map(Number)
    const bits = parts.reduce((all, part) => all * 256 + part, 0)
    const cleared = Math.floor(bits / 2 ** (32 - prefix)) * 2 ** (32 - prefix)
    const host = [24, 16, 8, 0].map(s => Math.floor(cleared / 2 ** s) % 256).join('.')
    const list = new BlockList()
    list.addSubnet(host, prefix)
    const block = parseCidr(`${host}/${prefix}`)
    const address = parseAddress(ip)
    assert.ok(block !== null && address !== null)
    assert.equal(inCidr(address, block), list.check(ip))
  })
  fc.assert(same, { seed: 7, numRuns: 1000 })
})
