import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  COMMON_REGIONS,
  COUNTRIES,
  countryHeld,
  countryName,
  countryNamed,
  regionNamed,
} from '../../src/policy/countries.ts'

test('every country is found again by its name and its code', () => {
  assert.equal(COUNTRIES.length, 250)
  assert.deepEqual([...COUNTRIES].sort(), COUNTRIES)
  assert.equal(new Set(COUNTRIES.map(countryName)).size, COUNTRIES.length)
  for (const code of COUNTRIES) {
    assert.match(code, /^[A-Z]{2}$/)
    assert.equal(countryNamed(code), code)
    assert.equal(countryNamed(countryName(code)), code)
    assert.equal(countryNamed(`the ${countryName(code).toUpperCase()}`), code)
    assert.equal(countryHeld(code.toLowerCase()), code)
  }
})

test("the runtime's own name of a country means the same country", () => {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  for (const code of COUNTRIES) assert.equal(countryNamed(names.of(code) ?? ''), code, code)
})

test('names people use', () => {
  const cases: Record<string, string | null> = {
    USA: 'US',
    'U.S.': 'US',
    'the US': 'US',
    America: 'US',
    UK: 'GB',
    'Great Britain': 'GB',
    Türkiye: 'TR',
    'Côte d’Ivoire': 'CI',
    'St. Lucia': 'LC',
    'Czech Republic': 'CZ',
    Korea: null,
    Congo: null,
    in: null,
    us: null,
    EU: null,
    ZZ: null,
    '': null,
    constructor: null,
  }
  for (const [name, code] of Object.entries(cases)) assert.equal(countryNamed(name), code, name)
})

test('regions hold known countries, sorted, each once', () => {
  for (const region of COMMON_REGIONS) {
    assert.deepEqual([...new Set(region.countries)].sort(), region.countries, region.name ?? '')
    for (const code of region.countries) assert.ok(COUNTRIES.includes(code), code)
    assert.equal(regionNamed(region.name ?? ''), region)
    assert.equal(countryNamed(region.name ?? ''), null)
  }
  assert.equal(regionNamed('the European Union')?.countries.length, 27)
  assert.equal(regionNamed('eea')?.countries.length, 30)
  assert.equal(regionNamed('the Schengen area')?.countries.length, 29)
  assert.equal(regionNamed('Atlantis'), null)
})
