import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { barChart } from '../../bench/chart/bars.ts'
import { looksOf } from '../../bench/chart/frame.ts'
import { type LineChart, lineChart } from '../../bench/chart/lines.ts'
import { scaleOf, tightScale } from '../../bench/chart/scale.ts'
import { element, escaped } from '../../bench/chart/svg.ts'

const SCALES = [
  { kind: 'linear', values: [3, 47], ticks: [0, 10, 20, 30, 40, 50] },
  { kind: 'linear', values: [0, 0.9], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
  { kind: 'linear', values: [12_345], ticks: [0, 5_000, 10_000, 15_000] },
  { kind: 'linear', values: [0], ticks: [0] },
  { kind: 'log', values: [272, 15_400_000], ticks: [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8] },
  { kind: 'log', values: [100, 1_000], ticks: [100, 1_000] },
  { kind: 'log', values: [100], ticks: [100, 1_000] },
  { kind: 'log', values: [0, Number.NaN, 50], ticks: [10, 100] },
  { kind: 'log', values: [Number.NaN], ticks: [] },
] as const

for (const { kind, values, ticks } of SCALES) {
  test(`a ${kind} axis over ${values.join(', ')}`, () => {
    const scale = scaleOf(kind, values, 0, 100)
    assert.deepEqual(
      scale.ticks.map(t => Number(t.toPrecision(12))),
      ticks,
    )
    for (const [i, tick] of scale.ticks.entries()) {
      assert.ok(Math.abs(scale.at(tick) - (100 * i) / Math.max(1, ticks.length - 1)) < 1e-6)
    }
  })
}

test('what is measured lies on the axis, in its order', () => {
  const value = fc.double({ min: 1e-3, max: 1e12, noNaN: true })
  fc.assert(
    fc.property(fc.constantFrom('linear', 'log'), fc.array(value, { minLength: 1, maxLength: 20 }), (kind, values) => {
      const sorted = values.toSorted((a, b) => a - b)
      for (const { at } of [scaleOf(kind, values, 300, 20), tightScale(kind, values, 300, 20)]) {
        const placed = sorted.map(at)
        assert.ok(placed.every(p => p >= 20 - 1e-6 && p <= 300 + 1e-6))
        assert.ok(placed.every((p, i) => i === 0 || p <= (placed[i - 1] ?? p) + 1e-6))
      }
    }),
    { seed: 7 },
  )
})

test('text cannot leave its place', () => {
  assert.equal(escaped(`<a href="x">&'\u0000\u0007`), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;')
  assert.equal(element('text', { x: 1.04, label: '"><script>' }), '<text x="1" label="&quot;&gt;&lt;script&gt;"/>')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      assert.doesNotMatch(escaped(text), /[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
    }),
    { seed: 7 },
  )
})

const show = (value: number): string => `${value} <ns>`
const LINES: LineChart = {
  file: 'a.svg',
  title: 'A & B',
  x: { label: 'rules', scale: 'log', show: String },
  y: { label: 'p50', scale: 'log', show },
  lines: [
    {
      name: 'one',
      points: [
        [10, 272],
        [10_000, 274],
      ],
    },
    {
      name: 'two',
      points: [
        [10, Number.NaN],
        [10_000, 15.4e6],
      ],
    },
  ],
}

const count = (text: string, part: string): number => text.split(part).length - 1

test('the same numbers give the same drawing, and nothing that is not a number', () => {
  const { svg, alt } = lineChart(LINES)
  assert.equal(svg, lineChart(LINES).svg)
  assert.equal(alt, 'A & B')
  assert.equal(count(svg, '<svg '), 1)
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|<ns>/)
  assert.equal(count(svg, 'class="line'), 2)
})

test('a bar for every value there is', () => {
  const { svg } = barChart({
    ...{ file: 'b.svg', title: 'bars', label: '', y: { label: 'a second', scale: 'linear', show: String } },
    groups: [
      { name: '1 connection', values: { ours: 10, koa: 20 } },
      { name: '32 connections', values: { ours: 15, koa: Number.NaN } },
    ],
  })
  assert.equal(count(svg, '<rect class="f'), 3 + 1)
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/)
})

test('a dozen servers can be told apart', () => {
  const names = Array.from({ length: 12 }, (_, n) => `server ${n}`)
  const { svg } = barChart({
    ...{ file: 'c.svg', title: 'servers', label: '', y: { label: '', scale: 'linear', show: String } },
    groups: [{ name: 'load', values: Object.fromEntries(names.map((name, n) => [name, n + 1])) }],
  })
  const fills = [...svg.matchAll(/<rect class="(f\d+)" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="[\d.]+"\/>/g)]
  const bars = fills.filter(([rect]) => !rect.includes('width="7.2"')).map(([, fill]) => fill)
  assert.equal(new Set(bars).size, 12)
  for (const name of names) assert.ok(svg.includes(`>${name}<`))
})

const LOOKS = [
  { names: ['a', 'b'], known: [], looks: [0, 1] },
  { names: ['b', 'a'], known: ['a', 'b'], looks: [1, 0] },
  { names: ['x', 'b', 'y'], known: ['a', 'b'], looks: [2, 1, 3] },
] as const

for (const { names, known, looks } of LOOKS) {
  test(`looks of ${names.join(', ')} where ${known.join(', ') || 'nothing'} is known`, () => {
    assert.deepEqual(looksOf(names, known), looks)
  })
}
