import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_GROUPS, isEventPattern, wants } from '../../src/agents/webhook.ts'
import { AUDIT_KINDS } from '../../src/facts/audit-kinds.ts'

test('every kind of event is in a group that can be asked for', () => {
  const groups = [...new Set(AUDIT_KINDS.map(({ kind }) => kind.slice(0, kind.indexOf('.'))))]
  assert.deepEqual(
    groups.filter(group => !Object.hasOwn(EVENT_GROUPS, group)),
    [],
  )
  assert.ok(AUDIT_KINDS.every(({ kind }) => isEventPattern(kind)))
})

test('what says which events are wanted, and what does not', () => {
  for (const good of ['*', 'jit.*', 'jit.requested', 'agent.authentication_failed'])
    assert.ok(isEventPattern(good), good)
  for (const bad of [
    '',
    'jit',
    'jit.',
    '.requested',
    'weather.*',
    '**',
    'jit.*.x',
    'JIT.*',
    'toString.*',
    'jit requested',
  ]) {
    assert.ok(!isEventPattern(bad), bad)
  }
})

test('patterns take an event by its type, its group, or all', () => {
  assert.ok(wants(['token.issued'], 'token.issued'))
  assert.ok(wants(['user.*', 'token.*'], 'token.issued'))
  assert.ok(wants(['*'], 'token.issued'))
  assert.ok(!wants(['token.revoked', 'tok.*'], 'token.issued'))
  assert.ok(!wants([], 'token.issued'))
})
