import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { parseJson } from '../../src/http/body.ts'
import { alikeEvaluations } from '../../src/protocols/authzen/alike.ts'
import { LONGEST, MOST_EVALUATIONS } from '../../src/protocols/authzen/shapes.ts'

const read = (text: string): unknown => alikeEvaluations(text, parseJson)

const item = (n: number) => ({ action: { name: 'read' }, resource: { type: 'document', id: `d${n}` } })
const subject = { type: 'user', id: 'ann' }
const spaced = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/([[{]) | (?=[\]}])/g, '$1')

/** Bodies that clients write, each of them read at once. */
const TAKEN: readonly (readonly [name: string, text: string])[] = [
  ['one', JSON.stringify({ subject, evaluations: [item(1)] })],
  ['many', JSON.stringify({ subject, evaluations: Array.from({ length: 50 }, (_, n) => item(n)) })],
  ['as Python writes it', spaced({ subject, evaluations: [item(1), item(2)] })],
  [
    'with more around',
    JSON.stringify({ evaluations: [item(1), item(2)], subject, options: { explain: false }, x: [1] }),
  ],
  [
    'with all in each',
    JSON.stringify({
      evaluations: [
        { subject, ...item(1) },
        { subject, ...item(2) },
      ],
    }),
  ],
  ['ids first', '{"evaluations":[{"resource":{"id":"1","type":"document"},"action":{"name":"read"}}]}'],
  [
    'resources alone',
    '{"action":{"name":"a"},"evaluations":[{"resource":{"type":"d","id":"1"}},{"resource":{"type":"d","id":"2"}}]}',
  ],
  ['long names', JSON.stringify({ subject, evaluations: [{ action: { name: 'x'.repeat(LONGEST) } }] })],
  [
    'names of all kinds',
    JSON.stringify({
      subject,
      evaluations: ['é', '😀', '{', '},{', '[]', ':', ' '].map(name => ({ action: { name } })),
    }),
  ],
]

/** Bodies that are left to whoever reads anything. */
const LEFT: readonly (readonly [name: string, text: string])[] = [
  ['no list', JSON.stringify({ subject })],
  ['an empty list', JSON.stringify({ subject, evaluations: [] })],
  ['another list', JSON.stringify({ subject, evaluation: [item(1)] })],
  ['items that differ', JSON.stringify({ evaluations: [item(1), { ...item(2), context: {} }] })],
  ['items of more', JSON.stringify({ evaluations: [{ ...item(1), context: {} }] })],
  ['a member twice', '{"evaluations":[{"action":{"name":"a"},"action":{"name":"b"}}]}'],
  ['an escape', JSON.stringify({ evaluations: [{ action: { name: 'a"b' } }] })],
  ['an escape around', JSON.stringify({ subject: { type: 'user', id: '\\' }, evaluations: [item(1)] })],
  ['a line break in a name', '{"evaluations":[{"action":{"name":"a\nb"}}]}'],
  ['a number for a name', '{"evaluations":[{"action":{"name":7}}]}'],
  ['an empty name', JSON.stringify({ evaluations: [{ action: { name: '' } }] })],
  ['a name too long', JSON.stringify({ evaluations: [{ action: { name: 'x'.repeat(LONGEST + 1) } }] })],
  ['too many', JSON.stringify({ evaluations: Array.from({ length: MOST_EVALUATIONS + 1 }, (_, n) => item(n)) })],
  ['the list further in', JSON.stringify({ context: { evaluations: [item(1)] } })],
  ['the list twice', `{"evaluations":[${JSON.stringify(item(1))}],"evaluations":[1]}`],
  ['the list twice, further in first', `{"context":{"evaluations":[${JSON.stringify(item(1))}]},"evaluations":[]}`],
  ['the list in a list', JSON.stringify([{ evaluations: [item(1)] }])],
  ['a name of spaces', '{"evaluations":[{"action":{"na me":"a"}}]}'],
  ['a comma at the end', '{"evaluations":[{"action":{"name":"a"}},]}'],
  ['no comma between', '{"evaluations":[{"action":{"name":"a"}}{"action":{"name":"b"}}]}'],
  ['more after', `${JSON.stringify({ evaluations: [item(1)] })}x`],
  ['nothing after', '{"evaluations":[{"action":{"name":"a"}}]'],
  ['broken off in a name', '{"evaluations":[{"action":{"name":"a'],
  ['no value before the list', '{"a":"evaluations":[{"action":{"name":"a"}}]}'],
]

describe('evaluations that are written alike', () => {
  for (const [name, text] of TAKEN) {
    test(`are read at once: ${name}`, () => assert.deepEqual(read(text), JSON.parse(text)))
  }

  for (const [name, text] of LEFT) {
    test(`others are left: ${name}`, () => assert.equal(read(text), null))
  }

  test('law: what is read is what JSON says, whatever was done to the text', () => {
    const odd = fc.oneof(
      fc.constantFrom('evaluations', '},{"action":{"name":', '\\', '"', '\n'),
      fc.string({ unit: 'binary' }),
    )
    const name = fc.oneof({ weight: 12, arbitrary: fc.constantFrom('read', 'a', 'é😀') }, { weight: 1, arbitrary: odd })
    const entity = fc.record({ type: name, id: name })
    const members = { subject: entity, action: fc.record({ name }), resource: entity }
    const one = fc.record(members, { requiredKeys: [] })
    const items = fc.oneof(
      fc.array(one),
      fc
        .uniqueArray(fc.constantFrom('subject', 'action', 'resource'), { minLength: 1 })
        .chain(names => fc.array(fc.record(Object.fromEntries(names.map(it => [it, members[it]]))), { minLength: 1 })),
    )
    const body = fc.record(
      {
        subject: entity,
        context: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.record({ evaluations: fc.array(one) })),
        evaluations: items,
      },
      { requiredKeys: ['evaluations'] },
    )
    const edit = fc.record({
      at: fc.nat(),
      drop: fc.nat(3),
      put: fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', ' ', '\\', '"evaluations":['),
    })
    let taken = 0
    const same = (text: string): void => {
      const found = read(text)
      if (found === null) return
      taken += 1
      assert.deepEqual(found, parseJson(text))
    }
    fc.assert(
      fc.property(body, fc.boolean(), fc.array(edit, { maxLength: 2 }), (value, isSpaced, edits) => {
        let text = isSpaced ? spaced(value) : JSON.stringify(value)
        same(text)
        for (const { at, drop, put } of edits) {
          const place = at % (text.length + 1)
          text = text.slice(0, place) + put + text.slice(place + drop)
          same(text)
        }
      }),
      { numRuns: 5_000, seed: 9 },
    )
    assert.ok(taken > 500, `${taken}`)
  })

  test('names keep nothing of the body', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    const { heapUsed } = process.memoryUsage()
    const kept = Array.from({ length: 200 }, (_, n) => {
      const resource = { type: 'document', id: `${n} ${'x'.repeat(40)}` }
      const found = read(
        JSON.stringify({ subject: { ...subject, more: 'x'.repeat(100_000) }, evaluations: [{ resource }] }),
      )
      return (found as { evaluations: readonly object[] }).evaluations
    })
    collect()
    const grown = process.memoryUsage().heapUsed - heapUsed
    assert.ok(grown < 5_000_000, `${kept.length} lists take ${grown} bytes`)
  })
})
