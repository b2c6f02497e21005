import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tellStory } from '../../examples/research-bot/story.ts'
import { ADMIN_KEY, type App, startApp } from '../support/app.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

/** On the timeline in this order, others between them. */
const MOMENTS: readonly RegExp[] = [
  /^user:alice recorded a consent to agent:research-bot/,
  /^agent:research-bot was issued token:/,
  /^agent:research-bot for user:alice: obtain scope:read:documents: allow/,
  /^agent:research-bot for user:alice: read document:q4-analysis: allow/,
  /^agent:research-bot for user:alice: read document:salaries: deny/,
  /^agent:search-tool for agent:research-bot for user:alice: use mcp_tool:search\/search_web: allow/,
  /^agent:research-bot for user:alice: initiate payment:inv-7: escalate/,
  /^agent:research-bot began task:/,
  /^agent:research-bot asked for approval by approval:/,
  /^user:fiona approved approval:/,
  /^agent:research-bot for user:alice: initiate payment:inv-7: allow/,
  /^agent:research-bot spent of agent:research-bot/,
  /^agent:research-bot: read document: deny/,
  /^user:alice took back a consent to agent:research-bot/,
]

test('Research Bot: asked, approved, paid once, out of budget, revoked, and all of it on record', async () => {
  const said: string[] = []
  const story = { url: app.running.url, org: 'research', adminKey: ADMIN_KEY }
  const outcome = await tellStory(story, line => said.push(line))
  assert.deepEqual(outcome.paid, [true, false])
  assert.deepEqual(outcome.overBudget, { status: 429, code: 'budget_exceeded' })
  assert.equal(outcome.verified, true)
  assert.equal(said.length, 11)
  const { approval } = outcome
  assert.deepEqual(approval.chain, ['user:alice', 'agent:research-bot'])
  assert.equal(approval.justification, 'The invoice inv-7 is due today.')
  assert.match(approval.rules[0].sentence, /need approval from an approver of the org/)
  assert.ok(outcome.timeline.some(line => line.includes(' used up approval:')))
  let at = 0
  for (const moment of MOMENTS) {
    const found = outcome.timeline.findIndex((line, index) => index >= at && moment.test(line))
    assert.ok(found >= 0, `${moment} is not on the timeline after ${outcome.timeline[at - 1]}`)
    at = found + 1
  }
})
