import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Answered } from './app.ts'

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: object }>> }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

/** Checks an answer against the document; returns the operation's name, or null where the document has none. */
export function answerChecker(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const compiled = new Map<object, ValidateFunction>()
  const matchers = Object.entries(document.paths).map(([path, operations]) => ({
    // Fixed paths first: `/policies/check` is no `/policies/{version}`.
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    fixed: !path.includes('{'),
    parameters: path.split('{').length,
    operations,
  }))
  matchers.sort((a, b) => a.parameters - b.parameters)

  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema)
    if (known !== undefined) return known
    const made = ajv.compile({ ...schema, components: document.components })
    compiled.set(schema, made)
    return made
  }

  return (method: string, path: string, got: Answered): string | null => {
    const bare = (path.split('?')[0] ?? '').replace(/^\/t\//, '/orgs/')
    const operation = matchers.find(m => m.pattern.test(bare) && m.operations[method.toLowerCase()] !== undefined)
      ?.operations[method.toLowerCase()]
    if (operation === undefined) return null
    const answer = operation.responses[got.status] ?? (got.status >= 400 ? operation.responses.default : undefined)
    assert.ok(answer, `${operation.operationId} answered ${got.status}, which its document does not know: ${got.text}`)
    const type = String(got.headers['content-type'] ?? '').split(';')[0] ?? ''
    if (answer.content === undefined) assert.equal(got.text, '', `${operation.operationId}: no body was documented`)
    else {
      const content = answer.content[type] ?? (type.startsWith('text/') ? answer.content['text/plain'] : undefined)
      assert.ok(content, `${operation.operationId} answered with \`${type}\`, which its document does not know`)
      if (type === 'application/json') {
        const validate = validatorOf(content.schema)
        assert.ok(validate(got.json), `${operation.operationId}: ${ajv.errorsText(validate.errors)}\n${got.text}`)
      }
    }
    return operation.operationId
  }
}
