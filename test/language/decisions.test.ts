import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, decisionOf, vocabularyWith } from './decisions.ts'
import { caseFiles, golden } from './golden.ts'

interface Case {
  readonly sentence: string
  readonly definitions?: string
  readonly tree?: { readonly kind: string } | null
  readonly trees?: readonly { readonly kind: string }[]
  readonly decisions?: readonly Decision[]
}

/** Nothing answers yet what an agent's capabilities cover or what it has spent, so that what they allow is denied. */
const unanswered = (given: Case): boolean => /"(?:covered|limit|budgeted)"/.test(JSON.stringify(given.tree ?? null))

const isRule = (given: Case): boolean => [given.tree, ...(given.trees ?? [])].some(tree => tree?.kind === 'rule')

for (const name of caseFiles('sentences')) {
  const cases = golden<Case>(name, given => given).map(([given]) => given)

  test(`${name} decide as they say`, () => {
    for (const { sentence, definitions, decisions = [] } of cases) {
      const words = vocabularyWith(definitions)
      for (const asked of decisions) {
        const told = `${sentence}\n${JSON.stringify(asked)}`
        assert.equal(decisionOf(sentence, words, asked), asked.expect, told)
      }
    }
  })

  test(`${name}: every rule is seen to hold and not to hold`, () => {
    const bare = cases.filter(isRule).filter(given => {
      const { decisions = [] } = given
      const denied = decisions.filter(d => d.expect === 'deny').length
      return denied === 0 || (denied === decisions.length && !unanswered(given))
    })
    assert.deepEqual(
      bare.map(({ sentence }) => sentence),
      [],
    )
  })
}
