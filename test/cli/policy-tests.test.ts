import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, ROOT, scratch } from './harness.ts'

test('the tests that ship pass', async () => {
  const { code, out } = await cli(['test', 'policies', 'models', 'examples'])
  assert.equal(code, 0, out)
  assert.match(out, /\n\d{3} passed, 0 failed\n$/)
})

const HEAD = `
model: ${ROOT}/models/acme.fga
rules: |
  Owners can edit documents.
  Users can view documents, weekdays only.
given:
  tuples: ["document:1#owner@user:alice"]
`

async function runText(text: string) {
  const dir = scratch()
  mkdirSync(join(dir, 'deep'))
  const file = join(dir, 'deep', 'my.test.yaml')
  // Paths in a test file are relative to it; a rooted one is made so.
  writeFileSync(file, text.replaceAll(`${ROOT}/`, `${'../'.repeat(file.split('/').length - 2)}${ROOT.slice(1)}/`))
  const ran = await cli(['test', dir])
  return { ...ran, file }
}

test('lists multiply, and a failure shows the question, the problem and the trace', async () => {
  const { code, out, file } = await runText(`${HEAD}
tests:
  - name: only owners edit
    subjects: [user:alice, user:bob]
    actions: [edit]
    resources: [document:1, document:2]
    expect: deny
  - name: the reason is looked at
    subject: user:alice
    action: edit
    resource: document:1
    expect: allow
    because: Nobody said this
  - name: and what is missing
    subject: user:bob
    action: edit
    resource: document:1
    expect: deny
    missing: not an owner of document:1
`)
  assert.equal(code, 1)
  assert.match(out, new RegExp(`^${file}: 4 passed, 2 failed\n`))
  assert.match(out, /FAIL {2}only owners edit \(user:alice edit document:1\)\n {8}may user:alice edit document:1 on \d/)
  assert.match(out, /expected deny, got allow\n {10}allow\n[\s\S]*document:1#owner@user:alice/)
  assert.match(out, /FAIL {2}the reason is looked at\n.*\n {8}expected a reason with `Nobody said this`/)
  assert.match(out, /\n4 passed, 2 failed\n$/)
})

test('an answer that depends on the time must name one', async () => {
  const view = (at: string) => `
  - name: view
    subject: user:bob
    action: view
    resource: document:1
    expect: ${at.includes('07') ? 'deny' : 'allow'}
${at}`
  const { code, out } = await runText(`${HEAD}
zone: America/New_York
tests:
${view('    at: 2026-03-06 23:30')}
${view('    at: 2026-03-07T05:30:00Z')}
  - name: timeless
    subject: user:bob
    actions: [view]
    resources: [document:1]
    expect: ${[0, 6].includes(new Date().getUTCDay()) ? 'deny' : 'allow'}
`)
  assert.equal(code, 1, out)
  assert.match(out, /2 passed, 1 failed/)
  assert.match(out, /FAIL {2}timeless[\s\S]*(depends on the time: say when with `at`|expected)/)
})

const FAULTS: readonly { readonly name: string; readonly text: string; readonly says: readonly RegExp[] }[] = [
  { name: 'no YAML', text: 'tests: [', says: [/my\.test\.yaml:1:\d+: /] },
  { name: 'no tests', text: 'tests: []', says: [/my\.test\.yaml:1:8: tests: expected at least one test/] },
  {
    name: 'unknown and wrong members',
    text: 'tets: 1\ntests:\n  - name: a\n    subject: user:a\n    acton: edit\n    resource: document:1\n    expect: permit\n',
    says: [
      /my\.test\.yaml:1:1: `tets` is not known here; expected model, policy/,
      /my\.test\.yaml:3:5: tests\[1\]: `acton` is not known here; expected name, subject/,
      /my\.test\.yaml:7:13: tests\[1\]\.expect: expected `allow`, `deny` or `escalate`/,
    ],
  },
  {
    name: 'a tuple that is none',
    text: 'given:\n  tuples:\n    - document:1\ntests:\n  - { name: a, subject: user:a, action: b, resource: c:d, expect: deny }\n',
    says: [/my\.test\.yaml:3:7: given\.tuples\[1\]: expected a tuple such as/],
  },
  {
    name: 'neither subject nor subjects',
    text: 'tests:\n  - { name: a, action: b, resource: c:d, expect: deny }\n',
    says: [/a: expected either `subject` or a list of `subjects`/],
  },
  {
    name: 'a time that is none',
    text: 'tests:\n  - { name: a, subject: user:a, action: b, resource: c:d, expect: deny, at: noon }\n',
    says: [/a: at: `noon` is no time: expected `2026-03-04 10:00`, in UTC/],
  },
  {
    name: 'a tuple the model does not take',
    text: `${HEAD.replace('owner@', 'ownr@')}tests:\n  - { name: a, subject: user:a, action: b, resource: c:d, expect: deny }\n`,
    says: [/the model does not take these tuples\n {4}document:1#ownr@user:alice: .*ownr/],
  },
  {
    name: 'rules with errors',
    text: `${HEAD.replace('edit documents', 'edit documnts')}tests:\n  - { name: a, subject: user:a, action: b, resource: c:d, expect: deny }\n`,
    says: [/my\.test\.yaml \(rules\):1:17: error: .*`documnts`/],
  },
  {
    name: 'no such model',
    text: 'model: none.fga\ntests:\n  - { name: a, subject: user:a, action: b, resource: c:d, expect: deny }\n',
    says: [/cannot read `.*none\.fga`: there is no such file/],
  },
]

for (const { name, text, says } of FAULTS) {
  test(`a file that cannot be run says why: ${name}`, async () => {
    const { code, out } = await runText(text)
    assert.equal(code, 2, out)
    for (const pattern of says) assert.match(out, pattern)
    assert.match(out, /\n0 passed, 0 failed, 1 file not run\n$/)
  })
}

const DENIES = `${HEAD}
at: 2026-03-04 10:00
tests:
`

test('questions in English are tests like any other', async () => {
  const { code, out } = await runText(`${DENIES}
  - { name: owners edit, ask: "Can Alice edit document:1?", expect: allow, because: Owners }
  - { name: not at the weekend, ask: "Can Bob view document:1 on Sunday?", expect: deny, missing: Sunday }
  - { name: I am who asks, ask: "Can I edit document:1?", as: user:alice, expect: allow }
  - { name: who edits, ask: "Who can edit document:1?", finds: ["user:alice"] }
  - { name: what she does, ask: "What can Alice do to document:1?", finds: [edit, view] }
  - { name: nobody deletes, ask: "Can anyone delete document:1?", expect: deny }
  - { name: both must be, ask: "Can Bob view and edit document:1?", expect: deny }
  - { name: one is enough, ask: "Can Bob view or edit document:1?", expect: allow }
`)
  assert.equal(code, 0, out)
  assert.match(out, /\n8 passed, 0 failed\n/)
})

test('a question that gets another answer shows what was understood, and what was found', async () => {
  const { code, out } = await runText(`${DENIES}
  - { name: bob edits, ask: "May Bob edit document:1?", expect: allow }
  - { name: who edits, ask: "Who can edit document:1?", finds: ["user:bob"] }
`)
  assert.equal(code, 1, out)
  assert.match(
    out,
    /FAIL {2}bob edits\n {8}Can user:bob edit document:1\?\n {8}expected allow, got deny\n[\s\S]*Owners can edit/,
  )
  assert.match(out, /expected to find `user:bob`\n {8}did not expect to find `user:alice`/)
})

for (const [what, member, says] of [
  ['is not understood', 'ask: "Can Alice edit docment:1?", expect: deny', /a: not understood: `docment` is not a type/],
  ['says nobody asks', 'ask: "Can I edit document:1?", expect: deny', /a: not understood: who `I` is/],
  [
    'says it twice',
    'ask: "Can Bob edit document:1?", action: edit, expect: deny',
    /a: `ask` says it all: expected no `action`/,
  ],
  [
    'finds nothing to find',
    'ask: "Can Bob edit document:1?", finds: ["user:a"]',
    /a: `finds` is for questions that look/,
  ],
  ['expects nothing', 'ask: "Can Bob edit document:1?"', /expected `allow`, `deny` or `escalate`/],
] as const) {
  test(`a question that ${what} is a fault of the file`, async () => {
    const { code, out } = await runText(`${DENIES}  - { name: a, ${member} }\n`)
    assert.equal(code, 2, out)
    assert.match(out, says)
  })
}

test('a question whose day moves must say from when', async () => {
  const { code, out } = await runText(`${HEAD}
tests:
  - { name: a, ask: "Can Bob view document:1 on Sunday?", expect: deny }
`)
  assert.equal(code, 2, out)
  assert.match(out, /a: ask: it depends on the day it is asked: say when with `at`/)
})

const ASKED = `
model: ${ROOT}/models/documents.fga
given:
  tuples:
    - document:1#owner@user:alice
    - team:eng#member@user:bob
    - document:2#viewer@user:*
    - { object: "document:3", relation: viewer, user: "user:bob", condition: { name: until, context: { expires_at: "2026-01-01T00:00:00Z" } } }
`

test('what the model makes of the tuples is asked as in the store tests of OpenFGA', async () => {
  const { code, out } = await runText(`${ASKED}
tests:
  - name: checks
    check:
      - { user: user:alice, object: document:1, assertions: { owner: true, viewer: true } }
      - { users: [user:bob, user:carl], objects: [document:1, document:2], assertions: { editor: false } }
      - { user: user:bob, object: document:3, context: { current_time: "2025-12-31T00:00:00Z" }, assertions: { viewer: true } }
      - { user: user:bob, object: document:3, context: { current_time: "2026-12-31T00:00:00Z" }, assertions: { viewer: false } }
  - name: with tuples of its own
    tuples: [ "document:1#shared_with@team:eng", { object: "document:4", relation: editor, user: "team:eng#member" } ]
    check:
      - { user: user:bob, objects: [document:1, document:4], assertions: { editor: true } }
    list_objects:
      - { user: user:bob, type: document, context: { current_time: "2026-12-31T00:00:00Z" }, assertions: { viewer: [document:2, document:1, document:4] } }
      - { user: "team:eng#member", type: document, assertions: { editor: [document:1, document:4] } }
    list_users:
      - { object: document:4, user_filter: [{ type: team, relation: member }], assertions: { editor: { users: ["team:eng#member"] } } }
      - { object: document:2, user_filter: [{ type: user }], assertions: { viewer: { users: ["user:*"] }, owner: { users: [] } } }
`)
  assert.equal(code, 0, out)
  assert.match(out, /\n15 passed, 0 failed\n/)
})

test('what the model answers otherwise, or cannot answer, fails and says how', async () => {
  const { code, out } = await runText(`${ASKED}
tests:
  - name: wrong
    check:
      - { user: user:bob, object: document:1, assertions: { owner: true } }
      - { user: user:bob, object: document:2, assertions: { viewer: false } }
      - { user: user:bob, object: document:3, assertions: { viewer: false, ownr: false } }
    list_objects:
      - { user: user:alice, type: document, assertions: { owner: [document:9] } }
    list_users:
      - { object: document:3, user_filter: [{ type: user }], assertions: { viewer: { users: [] } } }
  - name: no such tuple
    tuples: [ "document:1#ownr@user:bob" ]
    check:
      - { user: user:bob, object: document:1, assertions: { owner: false } }
`)
  assert.equal(code, 1, out)
  assert.match(out, /is user:bob owner of document:1\?\n {8}expected true, got false/)
  assert.match(out, /is user:bob viewer of document:2\?\n {8}expected false, got true/)
  assert.match(out, /is user:bob viewer of document:3\?\n {8}cannot be decided: .*current_time/)
  assert.match(out, /is user:bob ownr of document:3\?\n {8}cannot be decided: .*ownr/)
  assert.match(
    out,
    /of which document is user:alice owner\?\n {8}expected to find `document:9`\n {8}did not expect to find `document:1`/,
  )
  assert.match(out, /which user is viewer of document:3\?\n {8}cannot be decided: .*current_time/)
  assert.match(out, /FAIL {2}no such tuple\n.*\n {8}tuples: .*ownr/)
  assert.match(out, /\n0 passed, 7 failed\n/)
})

for (const [what, member, says] of [
  [
    'beside a request',
    'subject: user:a, check: [{ user: "user:a", object: "document:1", assertions: { owner: true } }]',
    /a: `check` and lists ask the model: expected no `subject`/,
  ],
  [
    'with an effect',
    'expect: deny, check: [{ user: "user:a", object: "document:1", assertions: { owner: true } }]',
    /expected no `expect`/,
  ],
  [
    'of nobody',
    'check: [{ object: "document:1", assertions: { owner: true } }]',
    /a: check: expected either `user` or a list of `users`/,
  ],
  [
    'without assertions',
    'check: [{ user: "user:a", object: "document:1", assertions: {} }]',
    /tests\[1\]\.check\[1\]\.assertions: expected a relation and what must be so/,
  ],
  [
    'of no truth',
    'check: [{ user: "user:a", object: "document:1", assertions: { owner: maybe } }]',
    /owner: expected `true` or `false`/,
  ],
  [
    'with a member unknown',
    'check: [{ usr: "user:a", object: "document:1", assertions: { owner: true } }]',
    /`usr` is not known here; expected user, users, object/,
  ],
  [
    'of no object',
    'check: [{ user: "user:a", object: "document", assertions: { owner: true } }]',
    /a: `document` is no object: expected `type:id`/,
  ],
  [
    'with tuples for a request',
    'tuples: ["document:1#owner@user:a"], subject: user:a, action: edit, resource: document:1, expect: deny',
    /a: `tuples` go with `check`/,
  ],
] as const) {
  test(`a question to the model ${what} is a fault of the file`, async () => {
    const { code, out } = await runText(`${ASKED}tests:\n  - { name: a, ${member} }\n`)
    assert.equal(code, 2, out)
    assert.match(out, says)
  })
}
