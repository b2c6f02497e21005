import OpenAI, { APIConnectionTimeoutError, APIError } from 'openai'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import { type Message, type Model, ModelError, type Reply, type Tokens } from '../language/translate.ts'
import type { JsonObject } from '../policy/json.ts'

export interface LlmOptions {
  readonly baseUrl: string
  /** Null for an endpoint that asks for none. */
  readonly apiKey: string | null
  readonly model: string
  readonly maxTokens: number
  /** Longest silence within an answer that has begun. */
  readonly idleMs?: number
}

/** Bytes of one response at the most: an endpoint need not keep to the tokens it was asked for. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST_TEXT = 512 * 1024
const IDLE_MS = 20_000

/**
 * What an endpoint is asked for besides the text, best first: endpoints differ in what they take, and answer 400 or 422
 * for what they do not.
 */
const MANNERS: readonly ((schema: JsonObject, maxTokens: number) => Partial<ChatCompletionCreateParamsStreaming>)[] = [
  (schema, max) => ({ ...shaped(schema), max_completion_tokens: max, stream_options: { include_usage: true } }),
  (schema, max) => ({ ...shaped(schema), max_tokens: max, stream_options: { include_usage: true } }),
  (_, max) => ({ max_completion_tokens: max, stream_options: { include_usage: true } }),
  (_, max) => ({ max_tokens: max }),
]

const shaped = (schema: JsonObject): Partial<ChatCompletionCreateParamsStreaming> => ({
  response_format: { type: 'json_schema', json_schema: { name: 'translation', strict: true, schema: { ...schema } } },
})

/** A model behind any endpoint that speaks OpenAI's chat completions. It keeps the first manner the endpoint takes. */
export function openModel(options: LlmOptions): Model {
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey ?? 'none',
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: bounded,
    fetchOptions: { redirect: 'error' },
  })
  let taken = 0
  return async (conversation, { signal, schema }) => {
    for (let manner = taken; ; manner += 1) {
      const asked = MANNERS[manner]?.(schema, options.maxTokens) ?? {}
      try {
        const reply = await replyTo(client, conversation, asked, options, signal)
        taken = manner
        return reply
      } catch (error) {
        if (!isAboutManner(error) || manner >= MANNERS.length - 1 || signal.aborted) throw failureOf(error, signal)
      }
    }
  }
}

const isAboutManner = (error: unknown): boolean =>
  error instanceof APIError && (error.status === 400 || error.status === 422)

async function replyTo(
  client: OpenAI,
  conversation: readonly Message[],
  asked: Partial<ChatCompletionCreateParamsStreaming>,
  { model, idleMs = IDLE_MS }: LlmOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const quiet = new AbortController()
  const messages = conversation.map(({ role, text }) => ({ role, content: text }))
  const both = AbortSignal.any([signal, quiet.signal])
  const stream = await client.chat.completions.create(
    { ...asked, model, messages, stream: true },
    { signal: both, timeout: 2 ** 31 - 1 },
  )
  let timer: NodeJS.Timeout | undefined
  const listen = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => quiet.abort(), idleMs)
  }
  let text = ''
  let tokens: Tokens | null = null
  let finished: string | null = null
  try {
    listen()
    for await (const part of stream) {
      listen()
      const choice = part.choices?.[0]
      if (typeof choice?.delta?.content === 'string') text += choice.delta.content
      if (typeof choice?.finish_reason === 'string') finished = choice.finish_reason
      tokens = tokensIn(part.usage) ?? tokens
      if (text.length > MOST_TEXT) throw bad('the model answers without end')
    }
  } finally {
    clearTimeout(timer)
  }
  // The client ends an aborted stream as if it were complete.
  if (quiet.signal.aborted)
    throw new ModelError('llm_timeout', 'the language model stopped in the middle of its answer')
  if (signal.aborted) throw timeout()
  if (finished === null) throw bad("the model's answer broke off")
  if (finished === 'length') throw bad("the model's answer is longer than `LLM_MAX_TOKENS` allows")
  if (finished === 'content_filter') throw bad('the endpoint held the answer back')
  return { text, tokens }
}

function tokensIn(usage: unknown): Tokens | null {
  const { prompt_tokens: prompt, completion_tokens: completion } = (usage ?? {}) as Readonly<Record<string, unknown>>
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0
  return isCount(prompt) && isCount(completion) ? { prompt, completion } : null
}

/** `fetch` that ends a response which grows past the limit. */
const bounded: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  if (response.body === null) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > MOST_BYTES) controller.error(bad('the endpoint answers without end'))
        else controller.enqueue(chunk)
      },
    }),
  )
  const { status, statusText, headers } = response
  return new Response(counted, { status, statusText, headers })
}

const bad = (message: string): ModelError => new ModelError('llm_bad_answer', message)
const timeout = (): ModelError => new ModelError('llm_timeout', 'the language model took too long')

/**
 * Any failure as one of ours. What the endpoint said stays behind, as it may repeat the key or the prompt; its status is
 * all that is told.
 */
function failureOf(error: unknown, signal: AbortSignal): ModelError {
  if (error instanceof ModelError) return error
  if (signal.aborted || error instanceof APIConnectionTimeoutError) return timeout()
  if (error instanceof SyntaxError) return bad("the endpoint's stream cannot be read")
  if (!(error instanceof APIError)) return causeOf(error) ?? bad("the model's answer broke off")
  const { status } = error
  if (status === undefined) {
    return causeOf(error) ?? new ModelError('llm_unavailable', 'the language model cannot be reached')
  }
  if (status === 401 || status === 403) {
    return new ModelError('llm_unavailable', `the language model refuses our key (${status}): see \`LLM_API_KEY\``)
  }
  if (status === 404) {
    const where = 'see `LLM_BASE_URL` and `LLM_MODEL`'
    return new ModelError('llm_unavailable', `there is no such model or endpoint (404): ${where}`)
  }
  if (status === 429) return new ModelError('llm_unavailable', 'the language model takes no more now (429)')
  return new ModelError('llm_unavailable', `the language model answered ${status}`)
}

/** One of ours that the client or `fetch` has wrapped. */
function causeOf(error: unknown): ModelError | null {
  let at: unknown = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if (at instanceof ModelError) return at
    at = at.cause
  }
  return null
}
