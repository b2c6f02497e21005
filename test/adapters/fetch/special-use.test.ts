import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from '../../../src/adapters/fetch/special-use.ts'

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '193.0.0.1']
const PUBLIC_V6 = ['2606:4700:4700::1111', '2a00:1450::1', '2001:200::1', '::ffff:8.8.8.8']

const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  'this machine': ['127.0.0.1', '127.255.255.255', '0.0.0.0', '0.1.2.3', '::1', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'link-local and metadata': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254'],
  'shared by carriers': ['100.64.0.1', '100.127.255.255', '100.100.100.200'],
  'multicast and reserved': ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', 'ff02::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1'],
  'an IPv4 in IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
  ],
  'no address': ['', 'localhost', '127.1', '0x7f000001', '2130706433', '010.0.0.1', 'fe80::1%eth0', '1.2.3.4.5'],
}

for (const address of [...PUBLIC, ...PUBLIC_V6]) {
  test(`${address} is public`, () => assert.equal(isPublicAddress(address), true))
}
for (const [what, addresses] of Object.entries(SPECIAL)) {
  test(`not public: ${what}`, () => {
    for (const address of addresses) assert.equal(isPublicAddress(address), false, address)
  })
}
