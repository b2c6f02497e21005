import { Configuration, CredentialsMethod, OpenFgaApi } from '@openfga/sdk'
import { type App, keyOf, startApp } from './app.ts'
import { type Service, startOpenfga } from './services.ts'

/** A server of OpenFGA's API, and the unchanged SDK pointed at it. */
export interface Target {
  readonly api: OpenFgaApi
  readonly close: () => Promise<void>
}

export const clientOf = (apiUrl: string, token: string | null): OpenFgaApi => {
  const credentials = token === null ? undefined : { method: CredentialsMethod.ApiToken, config: { token } }
  return new OpenFgaApi(
    new Configuration({
      apiUrl,
      ...(credentials !== undefined && { credentials: credentials as never }),
      retryParams: { maxRetry: 0, minWaitInMs: 1 },
    }),
  )
}

/** Our own API, with the key of an org; `app` is the service behind it. */
export async function ourTarget(): Promise<Target & { readonly app: App }> {
  const app = await startApp()
  const made = await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'wire' } })
  if (made.status !== 201) throw new Error(made.text)
  const token = await keyOf(app, 'wire', 'admin')
  return { api: clientOf(`${app.running.url}/openfga`, token), close: () => app.close(), app }
}

/** A real OpenFGA server, or why there is none. */
export async function realTarget(): Promise<Target | string> {
  const service: Service = await startOpenfga()
  if (service.kind === 'missing') return service.how
  return { api: clientOf(service.url, null), close: service.stop }
}

export interface Outcome {
  readonly status: number
  readonly code: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the answer holds
  readonly body: any
}

/** Calls an operation of the SDK by its name; a refusal is an outcome like any other. */
export async function call(api: OpenFgaApi, operation: string, args: readonly unknown[]): Promise<Outcome> {
  try {
    const method = (
      api as unknown as Record<string, (...args: readonly unknown[]) => Promise<{ $response?: { status: number } }>>
    )[operation]
    if (method === undefined) throw new Error(`the SDK has no operation \`${operation}\``)
    const body = await method.apply(api, [...args])
    return { status: body?.$response?.status ?? 200, code: null, body }
  } catch (error) {
    const { statusCode, responseData } = error as { statusCode?: number; responseData?: { code?: string } }
    if (statusCode === undefined) throw error
    return { status: statusCode, code: responseData?.code ?? null, body: responseData }
  }
}
